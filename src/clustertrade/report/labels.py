"""What things are called in print: variables, parameters, procedures, samples, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from clustertrade.render.words import LANGUAGES, Text, both, in_language, vocabulary, word
from clustertrade.study.load import Study, split_prefix, texts

SEPARATORS = {("; ", "zh"): "；"}
GROUPS = ("east", "central", "west", "northeast")
PREFIX_SYMBOLS = {"": "", "d": "Δ", "d2": "Δ²"}


def variable(study: Study, name: str) -> Text:
    """The label of a variable of the study, prefixes in words' places; the name where the study has none."""
    return study.label(name) if split_prefix(name)[1] in study.section("variables") else name


def symbol(study: Study, name: str) -> str:
    """The symbol of a variable (``ΔlnEX``); the name where the study gives none."""
    prefix, bare = split_prefix(name)
    given = study.section("variables").get(bare, {}).get("symbol", bare)
    return f"{PREFIX_SYMBOLS[prefix]}{given}" if prefix in PREFIX_SYMBOLS else f"L{prefix[1:] or '1'}.{given}"


def unit(study: Study, name: str) -> Text:
    """The unit of a variable; empty where the study gives none."""
    return texts(study.section("variables").get(split_prefix(name)[1], {}).get("unit", ""))


def transformation(study: Study, name: str) -> str:
    """How the variable was transformed before it entered a sample."""
    return str(study.section("variables").get(split_prefix(name)[1], {}).get("transform", ""))


def subsystem(study: Study, measure: str, name: str) -> Text:
    """What the study calls a subsystem of a measure, or of the measure that it is made of."""
    bare = name.removeprefix("order_")
    spec = study.section("measures")[measure]
    known = spec.get("names") or (study.section("measures")[spec["of"]].get("names") if "of" in spec else None) or {}
    return texts(known[bare]) if bare in known else bare


def parameter(study: Study, name: str) -> Text:
    """The label of a coefficient: a variable, a constant, a lag, an interaction ``ln_lq:east``, a product, a square."""
    if name in ("const", "Intercept"):
        return both("constant")
    if name == "trend":
        return both("linear-trend")
    if name == "att":
        return both("event.att")
    if name == "event[-1]":
        return both("event.before-one")
    if name.startswith("event["):
        return both("event.before" if name[6] == "-" else "event.time", e=name[6:-1].lstrip("-"))
    if ":" in name:
        parts = name.split(":")                            # the symbol, so that the product stays readable
        return joined([group(p) if p in GROUPS else symbol(study, p) for p in parts], " × ")
    if "*" in name:
        return joined([symbol(study, p) for p in name.split("*")], " × ")
    if name.endswith("^2"):
        return f"{symbol(study, name.removesuffix('^2'))}²"
    head, dot, rest = name.partition(".")
    if dot and head[:1] == "L" and head[1:].isdigit() and rest in study.section("variables"):
        return variable(study, f"l{'' if head == 'L1' else head[1:]}.{rest}")      # as the study's own lags
    if dot and head[:1] == "L" and head[1:].isdigit():
        return both("lag-of", k=head[1:], name=_as_mapping(variable(study, rest)))
    return group(name) if name in GROUPS else variable(study, name)


def group(name: str) -> Text:
    """A group of regions; its name where there is no word for it."""
    return both(name) if name in vocabulary("en") else name


def short(procedure: str) -> Text:
    """The short name of a procedure, as in a column heading."""
    return both(f"procedure.{procedure}.short")


def title(procedure: str) -> Text:
    """The full name of a procedure."""
    return both(f"procedure.{procedure}.title")


def statistic(procedure: str, name: str) -> Text:
    """The name of a statistic in words where it has some: ``r ≤ 1`` for Johansen, ``panel v`` for Pedroni."""
    head, _, rank = name.partition(" r<=")
    if rank:
        key = "trace" if head == "trace" else "max-eigenvalue"
        return {lang: f"{word(key, lang)}, r {'≤ ' if rank != '0' else '= '}{rank}" for lang in LANGUAGES}
    weighted = procedure == "pedroni" and name.endswith("-w")
    bare = name.removesuffix("-w") if weighted else name
    key = f"layout.statistic.{procedure}.{bare}"
    text: Text = both(key) if key in vocabulary("en") else bare
    return both("layout.weighted", statistic=_as_mapping(text)) if weighted else text


def covariance(result: Mapping[str, Any]) -> Text:
    """How the standard errors of an estimate were computed."""
    options = result["options"]
    kind = result.get("cov") or options["cov"]
    if kind == "clustered":
        kind = f"clustered-{options.get('cluster') or 'entity'}"
    if kind == "robust" and result["name"] in ("gmm-diff", "gmm-system"):
        return both("cov.windmeijer" if options["steps"] == 2 else "cov.clustered-entity")
    if kind == "robust" and "hc" not in options:            # the spread of entities, of long-run estimators
        return both("cov.between-entities")
    text = both(f"cov.{kind}")
    if kind == "robust":
        return {lang: f"{text[lang]} (HC{options.get('hc', 1)})" for lang in LANGUAGES}
    return text


def trend(options: Mapping[str, Any]) -> Text | None:
    """The deterministic terms of a test, None for one that has none to choose."""
    if options.get("case") is not None:
        return both("layout.case", case=options["case"])
    return both(f"trend.{options['trend']}") if options.get("trend") in ("n", "c", "ct") else None


def regions(spec: Mapping[str, Any], n: int) -> Text:
    """``31 provinces``, ``one series``."""
    kind = spec.get("entity", "none")
    return both("layout.one-series") if kind == "none" else both(f"layout.regions.{kind}", n=n)


def pair(study: Study, options: Mapping[str, Any]) -> Text:
    """``lnEX ~ lnLQva``: which variable was set against which."""
    return f"{symbol(study, options['y'])} ~ " + ", ".join(symbol(study, x) for x in regressors(options))


def regressors(options: Mapping[str, Any]) -> list[str]:
    """The x of a result's options, always as a list."""
    x = options.get("x") or []
    return [x] if isinstance(x, str) else list(x)


def joined(parts: Iterable[Text], separator: str | None = None) -> dict[str, str]:
    """Texts set together in each language, by the comma of lists unless a separator is given."""
    listed = list(parts)
    marks = {lang: word("punctuation.list", lang) if separator is None else SEPARATORS.get((separator, lang), separator)
             for lang in LANGUAGES}
    return {lang: mark.join(in_language(p, lang) for p in listed) for lang, mark in marks.items()}


def enumerated(parts: Iterable[Text]) -> dict[str, str]:
    """Texts set together by the mark of enumerations (``、`` in Chinese)."""
    listed = list(parts)
    return {lang: word("punctuation.enumeration", lang).join(in_language(p, lang) for p in listed)
            for lang in LANGUAGES}


def sentence(text: Text) -> dict[str, str]:
    """The text with a capital letter where it begins in English."""
    made = _as_mapping(text)
    return {**made, "en": made["en"][:1].upper() + made["en"][1:]}


def _as_mapping(text: Text) -> dict[str, str]:
    return {lang: in_language(text, lang) for lang in LANGUAGES}
