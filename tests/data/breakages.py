"""Ten ways to break a raw file, and what each is answered with."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from clustertrade.data import units
from clustertrade.data.datapackage import Resource

LISTS = ("zones", "batches", "villages", "pairs", "figures")
Rows = list[list[str]]


@dataclass(frozen=True)
class Breakage:
    """A way to break a file: new bytes, or None where the file has nothing of that kind; the rules it may meet."""

    name: str
    apply: Callable[[bytes, Resource], bytes | None]
    rules: tuple[str, ...] = ()  # quarantine; empty: the file is refused


def _parse(raw: bytes) -> Rows:
    return list(csv.reader(io.StringIO(raw.decode("utf-8"), newline="")))


def _dump(rows: Rows) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8")


def figure_columns(resource: Resource) -> list[str]:
    """Columns that hold figures; of a list, a column that must be a number or a year."""
    layout = resource.layout
    if layout["kind"] == "long":
        return [layout["value"]]
    if layout["kind"] == "wide":
        return list(layout["measures"])
    return {"zones": ["county_level"], "batches": ["zones_official"], "villages": ["year"], "figures": ["value"],
            "pairs": ["region_code_b"]}[layout["kind"]]


def region_columns(resource: Resource) -> list[str]:
    """Columns that name a region."""
    layout = resource.layout
    return {"pairs": layout.get("regions", []), "figures": ["region"]}.get(layout["kind"], layout.get("region", []))


def _at(resource: Resource, rows: Rows) -> int:
    """A row with a figure, and with neighbours in time where there are any: the middle of the file."""
    if resource.layout["kind"] == "figures":
        return next(i for i, r in enumerate(rows) if r[0] == "S025")
    if "level" in rows[0]:
        return next(i for i, r in enumerate(rows) if r[rows[0].index("level")] == "province")
    return max(1, len(rows) // 2)


def _cell(column_of: Callable[[Resource], list[str]], text: Callable[[str], str]):
    def apply(raw: bytes, resource: Resource) -> bytes | None:
        columns = column_of(resource)
        if not columns:
            return None
        rows = _parse(raw)
        i, j = _at(resource, rows), rows[0].index(columns[-1])
        rows[i][j] = text(rows[i][j])
        return _dump(rows)

    return apply


def wrong_encoding(raw: bytes, resource: Resource) -> bytes:
    """GB18030 where the description says UTF-8; UTF-16 where that would be the same bytes."""
    text = raw.decode("utf-8")
    return text.encode("utf-16") if text.isascii() else text.encode("gb18030")


def missing_column(raw: bytes, resource: Resource) -> bytes:
    """The first column of figures is gone."""
    rows = _parse(raw)
    j = rows[0].index(figure_columns(resource)[0])
    return _dump([r[:j] + r[j + 1:] for r in rows])


def duplicated_row(raw: bytes, resource: Resource) -> bytes:
    """A row stands twice."""
    rows = _parse(raw)
    return _dump([*rows, rows[_at(resource, rows)]])


def unit_changed(raw: bytes, resource: Resource) -> bytes | None:
    """Another unit of the same kind is named; where no unit is named, all figures are multiplied by ten thousand."""
    if resource.layout["kind"] in LISTS[:-1]:
        return None
    rows = _parse(raw)
    unit = resource.layout.get("unit")
    if unit:
        i, j = _at(resource, rows), rows[0].index(unit)
        old = units.find(rows[i][j])
        others = [u.name for u in units.table().values() if old and u.base == old.base and u.name != old.name]
        rows[i][j] = others[0] if others else "万元"
        return _dump(rows)
    columns = [rows[0].index(c) for c in figure_columns(resource)]
    for row in rows[1:]:
        for j in columns:
            row[j] = f"{row[j]}e4" if row[j] and "e" not in row[j] else row[j]
    return _dump(rows)


def truncated(raw: bytes, resource: Resource) -> bytes:
    """The last tenth of the file is missing, at least half of its last line."""
    last = raw.rstrip(b"\n").rfind(b"\n") + 1
    keep = last + (len(raw) - last) // 2
    return raw[: min(keep, len(raw) - len(raw) // 10)]


BREAKAGES = (
    Breakage("wrong-encoding", wrong_encoding),
    Breakage("missing-column", missing_column),
    Breakage("text-in-number", _cell(figure_columns, lambda _: "about 12"),
             ("text-in-number", "year", "not-boolean", "unknown-region")),
    Breakage("thousands-separator", _cell(figure_columns, lambda _: "1,234,567.5"),
             ("thousands-separator", "year", "not-boolean", "text-in-number", "unknown-region")),
    Breakage("duplicated-row", duplicated_row, ("duplicate-row",)),
    Breakage("unknown-region", _cell(region_columns, lambda _: "Atlantis"), ("unknown-region", "unknown-country")),
    Breakage("unit-changed", unit_changed, ("unit-changed", "magnitude-of-variable", "magnitude-jump")),
    Breakage("truncated", truncated),
    Breakage("empty", lambda raw, resource: b""),
    Breakage("formula", _cell(figure_columns, lambda _: "=SUM(A1:A9)"), ("formula",)),
)
