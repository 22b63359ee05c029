"""What the notes under tables and figures say: sample, null, lags, standard errors, proxies, how it was checked.

Every function returns sentences in both languages, without their final stop; nothing where there is nothing to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clustertrade.catalog import index
from clustertrade.options import beside
from clustertrade.render.words import Text, both, in_language, vocabulary, word
from clustertrade.report import labels, sources
from clustertrade.report.cautions import in_words
from clustertrade.sizes import nearest, outside
from clustertrade.study.inputs import Inputs
from clustertrade.study.load import split_prefix, texts

Result = Mapping[str, Any]
OWN_BANDWIDTH = ("llc", "westerlund")                       # their papers have rules of their own
NUMBER = re.compile(r"\d+(?:\.\d+)?")                       # a translation is used while it has the same numbers


def sample(inputs: Inputs, name: str, variables: Iterable[str] = ()) -> list[Text]:
    """Who, when, how many and whether balanced, and what the study says about the sample.

    ``variables`` are those that the table uses; with none, all of the sample.
    """
    spec = inputs.study.section("samples")[name]
    frame = inputs.sample(name)
    used = list(dict.fromkeys(split_prefix(v)[1] for v in variables)) or list(spec["variables"])
    present = frame[frame[used].notna().any(axis=1)]
    if present.empty:
        return []
    complete = int(present[used].notna().all(axis=1).sum())
    times = sorted(present["time"].unique())
    n, t = present["entity"].nunique(), len(times)
    period = {"first": times[0], "last": times[-1]}
    if spec["entity"] == "none":
        found: list[Text] = [both("layout.sample-series", **period, t=t)]
    else:
        who = labels.regions(spec, n)
        if t == 1:
            found = [both("layout.sample-year", regions=who, year=times[0], nobs=complete)]
        elif complete == n * t:
            found = [both("layout.sample-balanced", regions=who, **period, n=n, t=t, nobs=complete)]
        else:
            found = [both("layout.sample-unbalanced", regions=who, **period, n=n, t=t, nobs=complete, full=n * t)]
    if "note" in spec:
        found.append(texts(spec["note"]))
    return found


def methods(results: Sequence[Result]) -> list[Text]:
    """What the short names in the headings stand for."""
    names = dict.fromkeys(r["name"] for r in results)
    listed = [both("layout.stands-for", short=labels.short(n), title=labels.title(n)) for n in names]
    return [labels.joined(listed, "; ")] if listed else []


def symbols_of(inputs: Inputs, variables: Iterable[str]) -> list[Text]:
    """What each symbol is the symbol of."""
    return [labels.joined([both("layout.stands-for", short=labels.symbol(inputs.study, v),
                                title=labels.variable(inputs.study, v)) for v in variables], "; ")]


def differenced(results: Sequence[Result]) -> list[Text]:
    """How many periods are left of differences."""
    left = {r["n_periods"] for r in results if split_prefix(r["options"].get("y") or "")[0].startswith("d")}
    return [both("layout.differenced", t=labels.enumerated(str(t) for t in sorted(left)))] if left else []


def nulls(results: Sequence[Result]) -> list[Text]:
    """The null hypothesis of each procedure; procedures that share one are named together."""
    by_null: dict[str, list[str]] = {}
    for name in dict.fromkeys(r["name"] for r in results if r["kind"] == "test"):
        by_null.setdefault(word(f"procedure.{name}.null", "en"), []).append(name)
    return [both("layout.null", test=labels.enumerated(labels.short(n) for n in names),
                 null=both(f"procedure.{names[0]}.null")) for names in by_null.values()]


def lag_choice(results: Sequence[Result]) -> list[Text]:
    """Lags, orders, kernels and bandwidths; procedures that agree are named together."""
    by_text: dict[str, tuple[dict[str, str], list[str]]] = {}
    for r in results:
        said = _lags(r)
        if said:
            text = labels.joined(said)
            names = by_text.setdefault(text["en"], (text, []))[1]
            if r["name"] not in names:
                names.append(r["name"])
    several = len({r["name"] for r in results}) > 1
    return [both("layout.of-tests", tests=labels.enumerated(labels.short(n) for n in names), text=text)
            if several else labels.sentence(text) for text, names in by_text.values()]


def _lags(result: Result) -> list[Text]:
    options = result["options"]
    said: list[Text] = []
    for key, criterion, fixed in (("lags", "layout.lags-criterion", "layout.lags-fixed"),
                                  ("order", "layout.order-criterion", "layout.order-fixed")):
        value = options.get(key)
        if isinstance(value, str):
            said.append(both(criterion, criterion=value.upper(), max_lags=options.get("max_lags")))
        elif value is not None:
            said.append(both(fixed if value != 1 else f"{fixed}-one", lags=value))
    if options.get("kernel") and options.get("bandwidth") is not None:
        kernel = both(f"layout.kernel.{options['kernel']}")
        k = options["bandwidth"]
        rule = "bandwidth-own" if result["name"] in OWN_BANDWIDTH else "bandwidth-auto"
        said.append(both(f"layout.{rule}" if k == "auto" else "layout.bandwidth", kernel=kernel, k=k))
    if options.get("demean"):
        said.append(both("layout.demeaned"))
    return said


def deterministic(results: Sequence[Result]) -> list[Text]:
    """The deterministic terms of each procedure; nothing where they are what the table varies."""
    by_name: dict[str, dict[str, Text]] = {}
    for r in results:
        if text := labels.trend(r["options"]):
            by_name.setdefault(r["name"], {})[in_language(text, "en")] = text
    if not by_name or any(len(terms) > 1 for terms in by_name.values()):
        return []
    by_term: dict[str, tuple[Text, list[str]]] = {}
    for name, terms in by_name.items():
        (term, text), = terms.items()
        by_term.setdefault(term, (text, []))[1].append(name)
    if len(by_term) == 1:
        return [both("note.deterministic", terms=text) for text, _ in by_term.values()]
    said = [both("layout.of-tests", tests=labels.enumerated(labels.short(n) for n in names), text=text)
            for text, names in by_term.values()]
    return [both("note.deterministic", terms=labels.joined(said))]


def proxies(inputs: Inputs, variables: Iterable[str], *, symbols: bool = False) -> list[Text]:
    """What each variable stands for, as far as the study says so, by label or, where the table has these, symbol."""
    found: list[Text] = []
    for name in dict.fromkeys(split_prefix(v)[1] for v in variables):
        spec = inputs.study.section("variables").get(name, {})
        if "proxy_for" in spec:
            called = (labels.symbol if symbols else labels.variable)(inputs.study, name)
            found.append(both("layout.proxy", variable=called, proxied=texts(spec["proxy_for"])))
    return [labels.joined(found, "; ")] if found else []


def convention(results: Sequence[Result]) -> list[Text]:
    """Whose formulas were used, where programs differ."""
    by_name: dict[str, list[str]] = {}
    for r in results:
        used = r["options"].get("convention")
        if used and (r["kind"] == "test" or used != "paper"):
            by_name.setdefault(used, []).append(r["name"])
    return [both("layout.convention-paper" if used == "paper" else "layout.convention-program", convention=used,
                 tests=labels.enumerated(labels.short(n) for n in dict.fromkeys(names)))
            for used, names in by_name.items()]


def bootstrap(results: Sequence[Result]) -> list[Text]:
    """Replications and seed of the bootstraps of tests; of estimates see :func:`wild`."""
    drawn = dict.fromkeys((r["options"]["bootstrap"], r["options"].get("seed")) for r in results
                          if r["kind"] == "test" and r["options"].get("bootstrap"))
    return [both("note.bootstrap", b=b, seed=seed) for b, seed in drawn]


def wild(results: Sequence[Result]) -> list[Text]:
    """The wild cluster bootstraps behind the p-values of coefficients: replications, clusters, weights, seed."""
    drawn = [r["details"]["wild"] for r in results if r["details"].get("wild")]
    if not drawn:
        return []
    by_weights = {w: ", ".join(dict.fromkeys(str(d["clusters"]) for d in drawn if d["weights"] == w))
                  for w in dict.fromkeys(d["weights"] for d in drawn)}
    listed = labels.enumerated(both("layout.clusters", g=g, weights=both(f"layout.weights.{w}"))
                               for w, g in by_weights.items())
    return [both("layout.wild", b=b, seed=seed, clusters=listed)
            for b, seed in dict.fromkeys((d["replications"], d["seed"]) for d in drawn)]


def checked(results: Sequence[Result]) -> list[Text]:
    """Procedures that no independent program confirms, and how they were checked instead."""
    found: list[Text] = []
    for name in dict.fromkeys(r["name"] for r in results):
        said = index().get(name, {}).get("checked", "")
        if "no independent" in said:
            generic = both("note.no-independent-reference", test=labels.short(name))
            translated = vocabulary("zh").get(f"layout.checked.{name}", "")
            same = sorted(NUMBER.findall(said)) == sorted(NUMBER.findall(translated))
            found.append({"en": in_language(both("layout.of-tests", tests=labels.short(name), text=said), "en"),
                          "zh": f"{in_language(labels.short(name), 'zh')}：{translated}" if same
                          else f"{generic['zh']}（{said.rstrip('.')}）"})
    return found


def sizes(results: Sequence[Result]) -> list[Text]:
    """Where simulation found a size outside of its band for a statistic of the table, at the nearest N and T."""
    found: dict[str, Text] = {}
    for r in results:
        version = "bootstrap" if r["options"].get("bootstrap") else "asymptotic"
        named = {s["name"] for s in r["statistics"]}
        same = [s for s in outside(r["name"]) if s.statistic in named and s.version == version
                and s.trend == r["options"].get("trend")]
        for s in nearest(same, r["n_entities"], r["n_periods"]) if r["n_entities"] else []:
            text = both("layout.size-outside", test=labels.short(r["name"]), rate=f"{s.rate:.2f}", n=s.n, t=s.t,
                        statistic=labels.statistic(r["name"], s.statistic), trend=both(f"trend.{s.trend}"),
                        errors=both(f"layout.errors.{s.errors}"))
            found.setdefault(in_language(text, "en"), text)
    return list(found.values())


def powers(inputs: Inputs, refs: Iterable[str]) -> list[Text]:
    """Size and power of tests in simulated panels like the data, where the study asks for them.

    Of each test the first statistic, which is the one that tables show.
    """
    groups: dict[tuple[int, float, str], list[Text]] = {}
    for made in (p for ref in refs for p in inputs.json(ref).get("power", ())):
        first = [row for row in made["rows"] if row["statistic"] == made["rows"][0]["statistic"]]
        rates = labels.enumerated(both("layout.power-rate", rho=f"{row['rho']:g}", rate=f"{row['rate']:.2f}")
                                  for row in first)
        design = made["replications"], first[0]["level"], index()[made["name"]]["family"]
        groups.setdefault(design, []).append(both("layout.power-test", test=labels.short(made["name"]), rates=rates,
                                                  variable=labels.variable(inputs.study, made["y"])))
    return [both("layout.power", draws=draws, level=f"{100 * level:g}", rho=both(f"layout.power-rho.{family}"),
                 rates=labels.joined(said, "; ")) for (draws, level, family), said in groups.items()]


def cautions(results: Sequence[Result]) -> list[Text]:
    """The warnings of the results, each once."""
    found: dict[str, Text] = {}
    for r in results:
        for warning in r["warnings"]:
            text = in_words(warning)
            found.setdefault(in_language(text, "en"), text)
    return list(found.values())


def of_tests(inputs: Inputs, refs: Iterable[str], results: Sequence[Result], *, titled: bool = False,
             ordered: bool = False, symbols: bool = False) -> list[Text]:
    """Everything that stands under a table of tests, in order.

    ``titled``: the table gives the tests' full names; ``ordered``: it has a column of lag orders; ``symbols``: it
    names variables by their symbols, so that these are explained.
    """
    used = variables_of(results)
    names = dict.fromkeys(inputs.json(ref)["sample"] for ref in refs)
    sampled = [note for name in names for note in sample(inputs, name, used)]
    return [*(symbols_of(inputs, used) if symbols else []), *sampled, *differenced(results),
            *([] if titled else methods(results)), *nulls(results), *deterministic(results),
            *([] if ordered else lag_choice(results)), *convention(results), *bootstrap(results),
            *proxies(inputs, used, symbols=symbols), *checked(results), *sizes(results), *powers(inputs, refs),
            *cautions(results)]


def sources_of(inputs: Inputs, refs: Iterable[str]) -> list[str]:
    """The ids of the sources behind everything that some entries are about."""
    found: dict[str, None] = {}
    for ref in refs:
        entry = inputs.json(ref)
        for r in entry["results"]:
            own = (r["details"].get("column") or {}).get("sample", entry["sample"])
            found.update(dict.fromkeys(sources.behind(inputs.plan, own, variables_of([r]))))
    return sorted(found, key=source_order)


def source_order(source: str) -> tuple[str, int]:
    """S2 before S10, and T after S."""
    return source[:1], int("".join(c for c in source if c.isdigit()) or 0)


def variables_of(results: Sequence[Result]) -> list[str]:
    """The variables that some results are about, without prefixes and interactions, each once."""
    return list(dict.fromkeys(split_prefix(v.rpartition(":")[2])[1] for r in results
                              for v in (r["options"].get("y"), *labels.regressors(r["options"]),
                                        *_beside(r["options"])) if v))


def _beside(options: Mapping[str, Any]) -> list[str]:
    """The variables that options name beside y and x, such as a treatment."""
    named = [options[k] for k in beside(options) if options[k]]
    return [v for value in named for v in ([value] if isinstance(value, str) else value)]

