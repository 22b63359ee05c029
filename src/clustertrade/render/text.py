"""Plain text for a terminal, aligned also where letters are two cells wide."""

from __future__ import annotations

import textwrap

from clustertrade.render.grid import Grid, grid
from clustertrade.render.table import Table
from clustertrade.render.widths import cells_wide

GAP = "  "
WIDEST_TEXT = 48  # running text wraps here


def to_text(table: Table, lang: str = "en") -> str:
    """Title, ruled table, notes."""
    printed = grid(table, lang)
    rows = _rows(printed)
    widths = [max(cells_wide(row[i]) for row in rows if len(row) > 1) for i in range(1 + len(table.columns))]
    for level in printed.spanners:  # a heading longer than its columns widens the last of them
        at = 1
        for span in level:
            taken = sum(widths[at : at + span.width]) + len(GAP) * (span.width - 1)
            at += span.width
            widths[at - 1] += max(0, cells_wide(span.text) - taken)
    align = ("left", *printed.align)
    total = sum(widths) + len(GAP) * (len(widths) - 1)
    out = [printed.title, "=" * total, *_spanner_lines(printed, widths)]
    for i, row in enumerate(rows):
        if len(row) == 1:
            out.append(row[0])
            continue
        out.append(GAP.join(_pad(text, width, a) for text, width, a in zip(row, widths, align, strict=True)).rstrip())
        if i == 0:
            out.append("-" * total)
    out.append("=" * total)
    for paragraph in (printed.notes, printed.sources):
        out += _wrapped(paragraph, max(total, 60)) if paragraph else []
    return "\n".join(out) + "\n"


def _rows(printed: Grid) -> list[list[str]]:
    """Heading and body, a list of cells each; a single string is a panel heading or a rule."""
    rows = [[printed.stub, *printed.headings]]
    for line in printed.lines:
        if line.panel is not None:
            rows.append([line.panel])
        # running text goes to several lines, numbers never do
        cells = [_wrapped(c.text, WIDEST_TEXT) if not c.numeric else [c.text + c.stars] for c in line.cells]
        for depth in range(max(map(len, cells), default=1)):
            label = GAP * line.row.indent + line.label if depth == 0 else ""
            rows.append([label, *(cell[depth] if depth < len(cell) else "" for cell in cells)])
        if line.has_below:
            rows.append(["", *(cell.enclosed for cell in line.cells)])
    return rows


def _spanner_lines(printed: Grid, widths: list[int]) -> list[str]:
    lines = []
    for level in printed.spanners:
        fields, at = [" " * widths[0]], 1
        for span in level:
            width = sum(widths[at : at + span.width]) + len(GAP) * (span.width - 1)
            fields.append(_pad(span.text, width, "center"))
            at += span.width
        lines.append(GAP.join(fields).rstrip())
    return lines


def _pad(text: str, width: int, align: str) -> str:
    space = max(0, width - cells_wide(text))
    before = {"left": 0, "center": space // 2, "right": space}[align]
    return " " * before + text + " " * (space - before)


def _wrapped(text: str, width: int) -> list[str]:
    if cells_wide(text) == len(text):
        return textwrap.wrap(text, width, break_long_words=False) or [""]
    lines, line = [], ""  # Chinese breaks between any two letters
    for letter in text:
        if cells_wide(line + letter) > width:
            lines.append(line)
            line = ""
        line += letter
    return [*lines, line]
