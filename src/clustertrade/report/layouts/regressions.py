"""T8, T12: a column an estimate, coefficients with what the style puts below them, effects, fit and checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clustertrade.render.table import BLANK, Cell, Column, Row, Table
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import labels, notes
from clustertrade.report.assemble import assemble, style
from clustertrade.study.inputs import Inputs
from clustertrade.study.load import texts

Result = Mapping[str, Any]
FIT = (("r2_within", "r2-within"), ("r2_overall", "r2-overall"), ("r2", "r2"), ("f", "f-statistic"))
EFFECTS = {"fe": "entity", "twoway": "twoway", "iv-fe": "entity", "did": "twoway", "event-study": "twoway"}
DYNAMIC = ("gmm-diff", "gmm-system", "lsdvc")              # their entity effects are removed, period effects asked for


def regressions(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """Columns (1) to (k); a row a coefficient, then fixed effects, observations, fit, tests of the column."""
    entries = [(ref, inputs.json(ref)) for ref in spec["from"]]
    results = [r for _, entry in entries for r in entry["results"]]
    columns = [_column(inputs, i, r, results) for i, r in enumerate(results)]
    rows: dict[str, Row] = {}
    cells: dict[tuple[str, str], Cell] = {}
    for column, r in zip(columns, results, strict=True):
        _coefficients(inputs, column.key, r, rows, cells)
    rows = _constant_last(rows)
    asked = {(p["name"], c.key) for c, r in zip(columns, results, strict=True) for p in r["params"]}
    for key in rows:                                       # what a column does not have is blank, no dash
        for c in columns:
            if (key, c.key) not in cells and (key, c.key) not in asked:
                cells[key, c.key] = BLANK
    for column, r in zip(columns, results, strict=True):
        _effects(column.key, r, rows, cells)
        _fit(column.key, r, rows, cells)
    for column, r in zip(columns, results, strict=True):
        _instruments(column.key, r, rows, cells)
    for column, r in zip(columns, results, strict=True):
        _timing(column.key, r, rows, cells)
    for column, r in zip(columns, results, strict=True):
        _checks(column.key, r, rows, cells)
    used = notes.variables_of(results)
    sampled = [(e["sample"], r) for _, e in entries for r in e["results"]]
    said = [*_outcomes(inputs, results), *_samples(inputs, sampled), *notes.methods(results), *_checks_said(results),
            *notes.convention(results), *notes.wild(results), *notes.proxies(inputs, used),
            *notes.checked(results), *notes.cautions(results)]
    return assemble(inputs, table_id, rows=list(rows.values()), columns=columns, cells=cells, stub=both("variable"),
                    notes=said, source_ids=notes.sources_of(inputs, spec["from"]),
                    below_note=standard_errors(results, style(inputs, spec).paren))


def _asked(r: Result) -> Mapping[str, Any]:
    """What the study asks of the column besides estimator and variables: label, sample, selection."""
    return r["details"].get("column") or {}


def _column(inputs: Inputs, i: int, r: Result, results: Sequence[Result]) -> Column:
    label = _asked(r).get("label") or (both(f"event.method.{r['options']['method']}")
                                       if r["name"] == "event-study" else None)
    outcomes = dict.fromkeys(x["options"]["y"] for x in results)
    number, estimator = f"({i + 1})", labels.short(r["name"])
    outcome = labels.symbol(inputs.study, r["options"]["y"])
    above: list[Text] = [] if len(outcomes) == 1 else [outcome]
    if any(_asked(x).get("label") or x["name"] == "event-study" for x in results):
        above.append(texts(label) if label else "")
    above.append(estimator)                                # two columns of one are told apart by their number
    return Column(f"m{i + 1}", number, spanner=tuple(above))


def _coefficients(inputs: Inputs, column: str, r: Result, rows: dict[str, Row],
                  cells: dict[tuple[str, str], Cell]) -> None:
    for p in r["params"]:
        name = p["name"]
        rows.setdefault(name, Row(name, labels.parameter(inputs.study, name)))
        if p["value"] is None:
            continue
        below = {"se": p["se"], "t": p["stat"], "p": p["pvalue"], "ci": tuple(p["ci"]) if p["ci"] else None}
        known = {k: v for k, v in below.items() if v is not None}
        cells[name, column] = Cell(p["value"], below=known or None, pvalue=p["pvalue"])
        if p.get("pvalue_wild") is not None and name != "const":
            key = f"{name} wild"
            rows.setdefault(key, Row(key, both("p-value-wild"), indent=1))
            cells[key, column] = Cell(p["pvalue_wild"], kind="p")


def _constant_last(rows: Mapping[str, Row]) -> dict[str, Row]:
    """Coefficients in the order of their first column, each wild p-value below its own, the constant last."""
    names = [k for k in rows if not k.endswith(" wild")]
    names = [n for n in names if n != "const"] + [n for n in names if n == "const"]
    if events := sorted((n for n in names if n.startswith("event[")), key=lambda n: int(n[6:-1])):
        first = next(i for i, n in enumerate(names) if n.startswith("event["))
        names = [*names[:first], *events, *(n for n in names[first:] if not n.startswith("event["))]
    return {key: rows[key] for n in names for key in (n, f"{n} wild") if key in rows}


def _effects(column: str, r: Result, rows: dict[str, Row], cells: dict[tuple[str, str], Cell]) -> None:
    effects = r["options"].get("effects") or EFFECTS.get(r["name"], "")
    if r["name"] in DYNAMIC:
        effects = "twoway" if r["options"].get("effects") == "time" else "entity"
    if r["name"] == "re":                                  # its effects are random, none is fixed
        effects = ""
    for which in ("entity", "time"):
        key = f"fe {which}"
        rows.setdefault(key, Row(key, both(f"fixed-effects.{which}"), rule=which == "entity"))
        cells[key, column] = Cell(both("yes" if effects in (which, "twoway") else "no"), kind="text")


def _fit(column: str, r: Result, rows: dict[str, Row], cells: dict[tuple[str, str], Cell]) -> None:
    for key, name in (("nobs", "observations"), ("n_entities", "entities"), ("n_periods", "periods")):
        rows.setdefault(key, Row(key, both(name)))
        cells[key, column] = Cell(r[key], kind="integer")
    fit = r["fit"]
    for key, name in FIT:
        if key == "r2" and fit.get("r2") in (fit.get("r2_within"), fit.get("r2_overall")):
            continue                                       # it stands above under its own name
        if fit.get(key) is not None:
            rows.setdefault(key, Row(key, both(name)))
            cells[key, column] = Cell(fit[key])


def _instruments(column: str, r: Result, rows: dict[str, Row], cells: dict[tuple[str, str], Cell]) -> None:
    """Of GMM: how many instruments, their test, and those of serial correlation."""
    if r["name"] not in ("gmm-diff", "gmm-system"):
        return
    rows.setdefault("instruments", Row("instruments", both("layout.instruments")))
    cells["instruments", column] = Cell(r["fit"]["n_instruments"], kind="integer")
    for key in ("hansen", "ar1", "ar2"):
        if (p := r["details"][key]["pvalue"]) is not None:
            rows.setdefault(key, Row(key, both(f"layout.p-{key}")))
            cells[key, column] = Cell(p, kind="p")


def _timing(column: str, r: Result, rows: dict[str, Row], cells: dict[tuple[str, str], Cell]) -> None:
    """Of a treatment in time: pre-trends, random assignments, weight on comparisons with the already treated."""
    for key in ("pretrend", "placebo"):
        if r["details"].get(key):
            rows.setdefault(key, Row(key, both(f"event.{key}")))
            cells[key, column] = Cell(r["details"][key]["pvalue"], kind="p")
    if found := r["details"].get("sensitivity"):
        rows.setdefault("breakdown", Row("breakdown", both("event.breakdown")))
        cells["breakdown", column] = Cell(found["relative_magnitudes"]["breakdown"])
    if r["details"].get("decomposition"):
        share = sum(p["weight"] for p in r["details"]["decomposition"] if p["kind"] == "later against earlier")
        rows.setdefault("already", Row("already", both("event.already")))
        cells["already", column] = Cell(share)


def _checks(column: str, r: Result, rows: dict[str, Row], cells: dict[tuple[str, str], Cell]) -> None:
    for check in r["details"].get("checks") or []:
        key = f"check {check['name']}"
        rows.setdefault(key, Row(key, both("layout.p-of", test=labels.short(check["name"]))))
        if check["statistics"][0]["pvalue"] is not None:
            cells[key, column] = Cell(check["statistics"][0]["pvalue"], kind="p")
    difference = r["details"].get("difference")
    if difference and difference["pvalue"] is not None:
        rows.setdefault("difference", Row("difference", both("difference-p")))
        cells["difference", column] = Cell(difference["pvalue"], kind="p")


def _outcomes(inputs: Inputs, results: Sequence[Result]) -> list[Text]:
    names = list(dict.fromkeys(r["options"]["y"] for r in results))
    listed = [both("layout.stands-for", short=labels.symbol(inputs.study, y), title=labels.variable(inputs.study, y))
              for y in names]
    said: Text = labels.variable(inputs.study, names[0]) if len(names) == 1 else labels.joined(listed, "; ")
    return [both("layout.dependent", variables=said)]


def _samples(inputs: Inputs, columns: Sequence[tuple[str, Result]]) -> list[Text]:
    """The samples of the columns, and which column has which where they differ."""
    by_sample: dict[str, list[int]] = {}
    for i, (sample, r) in enumerate(columns):
        by_sample.setdefault(_asked(r).get("sample", sample), []).append(i)
    said = []
    for name, mine in by_sample.items():
        where = both("layout.columns" if len(mine) > 1 else "layout.column", numbers=numbered(mine))
        for text in notes.sample(inputs, name, notes.variables_of([columns[i][1] for i in mine])):
            said.append(text if len(by_sample) == 1 else both("layout.of-tests", tests=where, text=text))
    return said


def standard_errors(results: Sequence[Result], paren: str) -> Text:
    """What stands in parentheses, and of which kind in which columns."""
    kinds: dict[str, tuple[Text, list[int]]] = {}
    for i, r in enumerate(results):
        text = labels.covariance(r)
        kinds.setdefault(in_language(text, "en"), (text, []))[1].append(i)
    said = [text if len(kinds) == 1 else both("layout.in-columns", text=text, numbers=numbered(where))
            for text, where in kinds.values()]
    return both(f"note.{paren}", kind=labels.joined(said), level="95%")


def numbered(positions: Sequence[int]) -> str:
    """Column numbers as printed, runs drawn together: ``(1)-(3), (5)``.

    >>> numbered([0, 1, 2, 4])
    '(1)-(3), (5)'
    """
    runs: list[list[int]] = []
    for i in positions:
        if runs and i == runs[-1][-1] + 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    return ", ".join(f"({run[0] + 1})" + (f"-({run[-1] + 1})" if len(run) > 1 else "") for run in runs)


def _checks_said(results: Sequence[Result]) -> list[Text]:
    """The null of every attached test, and what the difference compares."""
    checks = {c["name"]: c for r in results for c in r["details"].get("checks") or []}
    said = notes.nulls(list(checks.values()))
    if (hausman := checks.get("hausman")) and hausman["details"].get("form") == "auxiliary":
        said.append(both("layout.hausman-auxiliary", kind=labels.covariance(hausman)))
    for r in results:
        if difference := r["details"].get("difference"):
            groups = labels.enumerated(labels.group(g) for g in difference.get("groups", []))
            said.append(both("layout.difference", groups=groups, statistic=difference["name"],
                             value=f"{difference['value']:.3f}", df=_df(difference["df"])))
    return said


def _df(df: Any) -> str:
    return ", ".join(f"{d:g}" for d in df) if isinstance(df, (list, tuple)) else f"{df:g}"


