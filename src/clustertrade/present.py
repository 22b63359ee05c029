"""One result as a table: what the command line and ``summary()`` print as text, Markdown, LaTeX or CSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clustertrade.render.table import Cell, Column, Row, Style, Table

MOST_ROWS = 60                                             # of a measure, as text; the other formats hold all
PLAIN = Style(paren="none", digits=4, stars=())
Json = Mapping[str, Any]


def table(result: Json, most: int | None = None) -> Table:
    """The neutral table of a result, given as the JSON object that ``to_dict`` makes."""
    make = {"test": _test, "estimate": _estimate}.get(result["kind"])
    columns, rows, kinds, notes = make(result) if make else _measure(result, most)
    cells = {(row, column): Cell(value, kind=kinds.get(column, "number"))
             for row, line in rows.items() for column, value in line.items() if value is not None}
    return Table(result["name"], result["title"], tuple(columns), tuple(Row(r, r) for r in rows), cells,
                 (*notes, *_facts(result)), PLAIN)


Parts = tuple[list[Column], dict[str, dict[str, Any]], dict[str, str], list[str]]


def _test(result: Json) -> Parts:
    statistics = result["statistics"]
    levels = sorted({level for s in statistics for level in s["critical"]}, key=float)
    rows = {s["name"]: {"value": s["value"], "p": s["pvalue"], "df": _df(s["df"]), **s["critical"]} for s in statistics}
    columns = [Column("value", "Statistic"), Column("p", "p-value")]
    pairs = result["details"]["pairs"] if result["options"].get("pairwise") else []
    for pair in pairs:
        rows[pair["name"]] |= {"holm": pair["pvalue_holm"], "bh": pair["pvalue_bh"]}
    columns += [Column("holm", "p (Holm)"), Column("bh", "p (BH)")] if pairs else []
    columns += [Column("df", "df")] if any(s["df"] is not None for s in statistics) else []
    columns += [Column(level, f"{float(level):.0%} critical") for level in levels]
    rows = {name: {k: v for k, v in row.items() if k != "df" or v} for name, row in rows.items()}
    return columns, rows, {"p": "p", "holm": "p", "bh": "p", "df": "text"}, [
        f"Null hypothesis: {result['null']}.", f"Alternative: {result['alternative']}.", *_battery(result["details"])]


def _battery(details: Json) -> list[str]:
    """What a battery of unit root tests says beside its statistics."""
    if "orders" not in details or "dependence" not in details:
        return []
    said = [f"{o['procedure']} {_order(o)}" for o in details["orders"]]
    cd = [f"trend {row['trend']}: " + ", ".join(f"{name} {row[name]:.2f} (p {row[p]:.4f})" for name, p in (
        ("CD", "pvalue"), ("CDw+", "pvalue_weighted"), ("CD*", "pvalue_star")) if row[name] is not None)
          for row in details["dependence"] if row["CD"] is not None]
    return [f"Order of integration (2: two or more): {', '.join(said)}.",
            *([f"Dependence of the residuals in levels: {'; '.join(cd)}."] if cd else [])]


def _order(row: Json) -> str:
    """The order on which both trends agree, else that of each."""
    if row["order"] is not None:
        return str(row["order"])
    return " or ".join(f"{'?' if row[k] is None else row[k]} ({k.removeprefix('order_')})"
                       for k in ("order_c", "order_ct"))


def _df(df: Any) -> str | None:
    if df is None:
        return None
    return ", ".join(f"{d:g}" for d in df) if isinstance(df, list) else f"{df:g}"


def _estimate(result: Json) -> Parts:
    own = ("name", "value", "se", "stat", "pvalue", "ci")
    extra = list(dict.fromkeys(k for p in result["params"] for k in p if k not in own))
    rows = {p["name"]: {"value": p["value"], "se": p["se"], "stat": p["stat"], "p": p["pvalue"],
                        **(dict(zip(("low", "high"), p["ci"], strict=True)) if p["ci"] else {}),
                        **{e: p.get(e) for e in extra}} for p in result["params"]}
    level = float(result["options"].get("level", 0.05))
    columns = [Column("value", "Estimate"), Column("se", "Std. error"), Column("stat", "t"), Column("p", "p-value"),
               Column("low", f"{1 - level:.0%} from"), Column("high", "to"), *(Column(e, e) for e in extra)]
    fit = ", ".join(f"{k} {v:.6g}" for k, v in result["fit"].items() if v is not None)
    kinds = {"p": "p", **{e: "p" for e in extra if e.startswith("pvalue")}}
    return columns, rows, kinds, [f"Dependent variable: {result['options'].get('y')}. Covariance: {result['cov']}.",
                                  f"Fit: {fit}."]


def _measure(result: Json, most: int | None) -> Parts:
    shown = result["rows"] if most is None else result["rows"][:most]
    rows = {str(i): {c: _word(row.get(c)) for c in result["columns"]} for i, row in enumerate(shown, 1)}
    kinds = {c: "text" for c in result["columns"] if any(isinstance(r.get(c), str) for r in rows.values())}
    notes = []
    if len(shown) < len(result["rows"]):
        notes = [f"{len(shown)} of {len(result['rows'])} rows; --format csv or --out FILE has all."]
    return [Column(c, c) for c in result["columns"]], rows, kinds, notes


def _word(value: Any) -> Any:
    """Labels (a year too) are texts, so that they are printed as they are."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _facts(result: Json) -> list[str]:
    sizes = []
    if "nobs" in result:
        sizes = [f"Observations {result['nobs']}, entities {result['n_entities']}, periods {result['n_periods']}."]
    options = ", ".join(f"{k} {_option(v)}" for k, v in result["options"].items() if v is not None and v != [])
    convention = result["details"].get("convention")
    said = [f"Convention: {convention}."] if isinstance(convention, str) else []
    doi = f" https://doi.org/{result['reference']['doi']}" if result["reference"].get("doi") else ""
    return [*sizes, f"Options: {options}.", *said, *(f"Warning: {w}" for w in result["warnings"]),
            f"Reference: {result['reference'].get('text', '')}{doi}"]


def _option(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def text(result: Json, form: str) -> str:
    """A result as text, md, tex or csv."""
    from clustertrade import render

    made = table(result, MOST_ROWS if form == "text" else None)
    return {"text": render.to_text, "md": render.to_md, "tex": render.to_tex, "csv": render.to_csv}[form](made, "en")
