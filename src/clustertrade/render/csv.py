"""CSV: the machine twin of a table, unrounded, every p-value in a column of its own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from clustertrade.render import number
from clustertrade.render.grid import Printed, grid
from clustertrade.render.table import Style, Table
from clustertrade.render.words import word

COLUMNS_OF = {"se": ("se",), "t": ("t",), "ci": ("ci-low", "ci-high"), "p": ("p",)}


def to_csv(table: Table, lang: str = "en") -> str:
    """One wide sheet: panel (if any), row label, then each column with what accompanies it.

    The text begins with a byte-order mark, so that spreadsheets read the Chinese. Numbers have 12
    significant digits and an ASCII minus; shares are shares; an absent cell is empty.
    """
    printed = grid(table, lang)
    panels = any(row.panel is not None for row in table.rows)
    kinds = [_kinds([line.cells[i] for line in printed.lines], table.style) for i in range(len(table.columns))]
    head = [word("panel", lang)] * panels + [printed.stub or word("variable", lang)]
    for heading, found in zip(printed.flat_headings, kinds, strict=True):
        names = [name for kind in found for name in COLUMNS_OF[kind]]
        head += [heading] + [f"{heading} ({word(f'statistic.{name}', lang)})" for name in names]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    panel = ""
    for line in printed.lines:
        panel = (line.panel if line.panel is not None else panel) if line.row.panel is not None else ""
        cells = [field for cell, found in zip(line.cells, kinds, strict=True) for field in _fields(cell, found, table)]
        writer.writerow([panel] * panels + [line.label, *cells])
    return "\ufeff" + out.getvalue()


def _kinds(cells: list[Printed], style: Style) -> list[str]:
    found = {kind for printed in cells if printed.cell for kind in printed.cell.statistics(style)}
    return [kind for kind in COLUMNS_OF if kind in found]


def _fields(printed: Printed, kinds: list[str], table: Table) -> Iterator[str]:
    cell = printed.cell
    if cell is None:
        yield from [""] * (1 + sum(len(COLUMNS_OF[kind]) for kind in kinds))
        return
    yield printed.text if cell.kind == "text" else number.exact(cell.value)  # type: ignore[arg-type]
    statistics = cell.statistics(table.style)
    for kind in kinds:
        value = statistics.get(kind)
        if value is None:
            yield from [""] * len(COLUMNS_OF[kind])
        else:
            yield from map(number.exact, value if isinstance(value, tuple) else (value,))
