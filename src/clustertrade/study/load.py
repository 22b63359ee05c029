"""From a study file to a Study: read, checked against the schema, every cross-reference resolved."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from clustertrade.catalog import index
from clustertrade.errors import DataError, UsageError, first_of
from clustertrade.options import beside

NAME_RULE = r"[a-z0-9]+(-[a-z0-9]+)*"
# Options of a measure that name one variable, or several; what may follow an indicator: what is best, and a weight.
NAMED = ("value", "total", "area", "weights", "population", "plants", "herfindahl")
LISTED = ("input", "output")
BEST = re.compile(r":(?:[+-]|-?[\d.]+\.\.-?[\d.]+)(?::[\d.]+)?$")
ROOT = Path()                                              # paths are relative to the working directory, as Snakemake's


@dataclass(frozen=True)
class Study:
    """A checked study file."""

    raw: Mapping[str, Any]
    path: Path

    @property
    def name(self) -> str:
        """Its name: the folder under results."""
        return self.raw["study"]["name"]

    @property
    def seed(self) -> int:
        """The seed of every random draw."""
        return self.raw["study"]["seed"]

    @property
    def title(self) -> Mapping[str, str]:
        """Its title in both languages."""
        return texts(self.raw["study"]["title"])

    @property
    def style(self) -> Mapping[str, Any]:
        """How numbers are printed: paren, digits, stars."""
        return {"paren": "se", "digits": 3, "stars": [0.1, 0.05, 0.01], **self.raw["study"].get("style", {})}

    @property
    def report(self) -> list[str]:
        """The order of tables and figures in the report: as listed, else as in the file."""
        return self.raw.get("report") or [*self.section("tables"), *self.section("figures")]

    def section(self, name: str) -> Mapping[str, Any]:
        """A section of the file, empty where it is not there."""
        return self.raw.get(name) or {}

    def label(self, variable: str) -> dict[str, str]:
        """The label of a variable of the study, with its prefixes (d. l. l2.) in words' places."""
        prefix, name = split_prefix(variable)
        label = texts(self.section("variables")[name]["label"])
        marks = {"": ("", ""), "d": ("Δ ", "Δ "), "d2": ("Δ² ", "Δ² ")}
        if prefix.startswith("l"):
            k = prefix[1:] or "1"
            return {"en": f"{label['en']} (t-{k})", "zh": f"{label['zh']}（滞后{k}期）"}
        en, zh = marks[prefix]
        return {"en": en + label["en"], "zh": zh + label["zh"]}


def texts(value: str | Mapping[str, str]) -> dict[str, str]:
    """A text in both languages; a plain string is the same in both."""
    return {"en": value, "zh": value} if isinstance(value, str) else dict(value)


def split_prefix(variable: str) -> tuple[str, str]:
    """``d.ln_ex`` -> ("d", "ln_ex"); prefixes are d. d2. l. l2. and so on."""
    head, dot, rest = variable.partition(".")
    if dot and (head in ("d", "d2", "l") or (head[:1] == "l" and head[1:].isdigit())):
        return head, rest
    return "", variable


def samples_of(entry: Mapping[str, Any]) -> set[str]:
    """The samples of an entry: its own, those of single columns, and those that a curve chooses from."""
    if "samples" in entry:
        return {s if isinstance(s, str) else s["sample"] for s in entry["samples"]}
    return {entry["sample"], *(c["sample"] for c in entry.get("columns", []) if "sample" in c)}


def references_of(spec: Mapping[str, Any]) -> list[str]:
    """What a table or figure is made from: its ``from``, the ``orders`` that a note needs, and its sample."""
    sample = [f"samples/{spec['sample']}"] if "sample" in spec else []
    return [*spec.get("from", []), *spec.get("orders", []), *sample]


def study_path(study: str) -> Path:
    """The file of a study given by name or path."""
    path = Path(study)
    if path.suffix in (".yaml", ".yml") or (path.exists() and path.is_file()):
        return path
    return ROOT / "config" / "studies" / f"{study}.yaml"


def load(study: str | Path) -> Study:
    """Read and check a study file.

    Raises
    ------
    DataError
        The file is not there or is not YAML, with line and column.
    UsageError
        A key, name or cross-reference is wrong, with its place in the file.
    """
    path = study_path(str(study))
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except FileNotFoundError:
        known = sorted(p.stem for p in (ROOT / "config" / "studies").glob("*.yaml"))
        raise DataError(f"no study file {path}; there are {first_of(known, 12)}" if known else
                        f"no study file {path} (run from the folder that holds config/studies)") from None
    except UnicodeDecodeError as wrong:
        raise DataError(f"{path} is not UTF-8: {wrong.reason} at byte {wrong.start}") from None
    except yaml.YAMLError as wrong:
        raise DataError(f"{path}: {' '.join(str(wrong).split())}") from None
    _against_schema(raw, path)
    _cross_references(raw, path)
    for table in (raw.get("tables") or {}).values():
        if "orders" not in table and (found := _orders(raw, table)):
            table["orders"] = found
    return Study(raw, path)


def _orders(raw: Mapping[str, Any], table: Mapping[str, Any]) -> list[str]:
    """The entries of unit root tests that a table of cointegration tests is held against, unless it names some itself.

    Those of its variables in the sample of its entries; where there are none, in any sample.
    """
    tests, known = raw.get("tests") or {}, index()

    def of_family(entry: Mapping[str, Any], family: str) -> bool:
        return any(known[p]["family"] == family for p in entry["procedures"])

    shown = [tests[ref.partition("/")[2]] for ref in table.get("from", []) if ref.startswith("tests/")]
    asked = [e for e in shown if of_family(e, "cointegration")]
    if table["layout"] != "tests-by-statistic" or not asked:
        return []
    used = {v for e in asked for y, xs in _sides(e) for v in (y, *xs)}
    about = {n: e for n, e in tests.items() if of_family(e, "unitroot") and used & set(e.get("variables", []))}
    same = [n for n, e in about.items() if e["sample"] in {a["sample"] for a in asked}]
    return [f"tests/{n}" for n in same or about]


class _Loader(yaml.SafeLoader):
    """YAML without surprises: a key that stands twice, or that YAML reads as true or false, is an error."""


def _mapping(loader: _Loader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    seen: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=deep)
        if isinstance(key, bool) or not isinstance(key, (str, int)):
            raise yaml.constructor.ConstructorError(None, None, f"the key {key_node.value!r} is read as {key!r}: "
                                                    "rename it", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _against_schema(raw: Any, path: Path) -> None:
    from jsonschema import Draft202012Validator

    from clustertrade.study.schema import study_schema

    found = Draft202012Validator(study_schema()).iter_errors(raw)
    faults = sorted(found, key=lambda e: [str(p) for p in e.absolute_path])
    if faults:
        lines = []
        for fault in faults[:5]:
            fault = fault.context[0] if fault.context and len(fault.context) == 1 else fault
            place = "/".join(str(p) for p in fault.absolute_path) or "the file"
            lines.append(f"{place}: {_short(fault.message)}")
        more = f" (+{len(faults) - 5} more)" if len(faults) > 5 else ""
        raise UsageError(f"{path}: " + "; ".join(lines) + more)


def _short(message: str) -> str:
    return message if len(message) < 300 else message[:200] + " ... " + message[-80:]


def _cross_references(raw: Mapping[str, Any], path: Path) -> None:
    """Every name that one section takes from another is there."""
    wrong: list[str] = []
    variables, samples = raw.get("variables") or {}, raw.get("samples") or {}

    def known(names: list[str], pool: Mapping[str, Any], place: str, what: str) -> None:
        wrong.extend(f"{place}: no {what} {n}" for n in names if split_prefix(n)[1] not in pool)

    for name, sample in samples.items():
        known(sample["variables"], variables, f"samples/{name}", "variable")
    _measures_fit(raw, wrong)
    for stage in ("tests", "estimates"):
        for name, entry in (raw.get(stage) or {}).items():
            place = f"{stage}/{name}"
            used_samples = samples_of(entry)
            known(sorted(used_samples), samples, place, "sample")
            if not used_samples <= samples.keys():
                continue
            used = [*entry.get("variables", []), *([entry["y"]] if "y" in entry else []), *entry.get("x", []),
                    *(v for pair in entry.get("pairs", []) for v in pair)]
            for column in entry.get("columns", []):
                used += [*column["x"], *([column["y"]] if "y" in column else [])]
                own = {**entry.get("options", {}), **column.get("options", {})}
                used += [v for k in beside(own) for v in ([own[k]] if isinstance(own[k], str) else own[k])]
                if "y" not in column and "y" not in entry:
                    wrong.append(f"{place}: a column has no y, and the entry neither")
            pool = {v for s in used_samples for v in samples[s]["variables"]}
            known(used, dict.fromkeys([*pool, "group3", "group4"]), place, "variable in its sample")
            _options_fit(entry, place, wrong)
            wrong += [f"{place}: {y} and {x} both contain trade; a variable built from trade never explains trade"
                      for y, xs in _sides(entry) for x in xs
                      if all(variables.get(split_prefix(v)[1], {}).get("contains_trade") for v in (y, x))]
    for name, entry in (raw.get("specifications") or {}).items():
        place = f"specifications/{name}"
        known(sorted(samples_of(entry)), samples, place, "sample")
        blocks = [[c] if isinstance(c, str) else c for c in entry.get("controls", [])]
        used = [*entry["y"], *entry["x"], *entry.get("always", []), *(v for b in blocks for v in b)]
        for s in samples_of(entry) & samples.keys():
            known(used, dict.fromkeys(samples[s]["variables"]), place, f"variable in {s}")
        wrong += [f"{place}: {y} and {x} both contain trade; a variable built from trade never explains trade"
                  for y in entry["y"] for x in entry["x"]
                  if all(variables.get(split_prefix(v)[1], {}).get("contains_trade") for v in (y, x))]
        wrong += [f"{place}: {v} is both y and x" for v in entry["y"] if v in used[len(entry["y"]):]]
    for stage in ("tables", "figures"):
        for name, entry in (raw.get(stage) or {}).items():
            for ref in references_of(entry):
                section, _, item = ref.partition("/")
                if section not in ("clean", "audit") and item not in (raw.get(section) or {}):
                    wrong.append(f"{stage}/{name}: nothing is called {ref}")
    for name, entry in (raw.get("hypotheses") or {}).items():
        wrong += [f"hypotheses/{name}: nothing is called {ref}" for ref in entry["entries"]
                  if ref.partition("/")[2] not in (raw.get(ref.partition("/")[0]) or {})]
    wrong += [f"report: nothing is called {item}" for item in raw.get("report") or []
              if item not in (raw.get("tables") or {}) and item not in (raw.get("figures") or {})]
    if wrong:
        raise UsageError(f"{path}: " + "; ".join(wrong[:6]) + (f" (+{len(wrong) - 6} more)" if len(wrong) > 6 else ""))


def neighbours_of(spec: Mapping[str, Any]) -> set[str]:
    """The files of neighbours that an entry names."""
    given = [spec.get("options", {}), *spec.get("variants", []), *spec.get("options_for", {}).values(),
             *(c.get("options", {}) for c in spec.get("columns", []))]
    return {o["neighbours"] for o in given if "neighbours" in o}


def measured(spec: Mapping[str, Any]) -> list[str]:
    """The variables that a measure reads."""
    columns = [spec[k] for k in NAMED if k in spec] + [c for k in LISTED for c in spec.get(k, [])]
    columns += [BEST.sub("", i) for i in spec.get("indicator", [])]
    columns += [part.partition(":")[0] for s in spec.get("subsystem", []) for part in s.partition("=")[2].split(",")]
    return columns


def _measures_fit(raw: Mapping[str, Any], wrong: list[str]) -> None:
    """A measure of a sample reads its variables; a measure of another one's rows names one that reads no third."""
    measures, samples = raw.get("measures") or {}, raw.get("samples") or {}
    for name, spec in measures.items():
        place = f"measures/{name}"
        if "sample" in spec and "of" in spec:
            wrong.append(f"{place}: sample and of exclude each other")
        elif "sample" in spec and spec["sample"] not in samples:
            wrong.append(f"{place}: no sample {spec['sample']}")
        elif "sample" in spec:
            wrong += [f"{place}: no variable in its sample {c}" for c in measured(spec)
                      if c not in samples[spec["sample"]]["variables"]]
        elif "of" in spec and (spec["of"] not in measures or "of" in measures[spec["of"]]):
            wrong.append(f"{place}: of names a measure that is not itself of another; not {spec['of']}")
    wrong += [f"variables/{name}: the measure {v['from']} is computed after the samples; a variable cannot come from it"
              for name, v in (raw.get("variables") or {}).items()
              if {"sample", "of"} & set(measures.get(v["from"], {}))]


def _sides(entry: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """The (y, x) of an entry's tests or columns."""
    found = [(pair[0], pair[1:]) for pair in entry.get("pairs", [])]
    found += [(c.get("y", entry.get("y")), c["x"]) for c in entry.get("columns", []) if "y" in c or "y" in entry]
    return found + ([(entry["y"], entry["x"])] if "y" in entry and "x" in entry else [])


def _options_fit(entry: Mapping[str, Any], place: str, wrong: list[str]) -> None:
    """An option of an entry is taken by at least one of its procedures; one for a procedure by that one."""
    names = entry.get("procedures") or [c["estimator"] for c in entry["columns"]]
    taken = {o for n in names for o in index()[n]["options"]}
    given = {**entry.get("options", {}), **{k: v for variant in entry.get("variants", []) for k, v in variant.items()}}
    wrong.extend(f"{place}: option {o} is taken by none of {first_of(names)}" for o in given if o not in taken)
    for name, own in entry.get("options_for", {}).items():
        if name not in names:
            wrong.append(f"{place}: options_for names {name}, which the entry does not run")
        takes = index().get(name, {"options": {}})["options"]
        wrong.extend(f"{place}: {name} does not take {o}" for o in own if o not in takes)
    for column in entry.get("columns", []):
        wrong.extend(f"{place}: {column['estimator']} does not take {o}" for o in column.get("options", {})
                     if o not in index()[column["estimator"]]["options"])


def canonical(value: Any) -> str:
    """One line of JSON with sorted keys: equal content, equal text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
