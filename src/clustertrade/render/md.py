"""GitHub pipe tables: readable as they stand, numbers in ASCII."""

from __future__ import annotations

import re

from clustertrade.render.grid import Grid, Line, grid
from clustertrade.render.table import Table

RULES = {"left": ":---", "center": ":---:", "right": "---:"}


def to_md(table: Table, lang: str = "en") -> str:
    """Title in bold, one pipe table, notes below; a number in parentheses stands in a line of its own."""
    printed = grid(table, lang)
    lines = [f"**{escape(printed.title)}**", "", _row([escape(printed.stub), *map(escape, _headings(printed))])]
    lines.append(_row([RULES["left"], *(RULES[align] for align in printed.align)]))
    for line in printed.lines:
        lines += _lines(line)
    for paragraph in (printed.notes, printed.sources):
        lines += ["", escape(paragraph)] if paragraph else []
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Text that a Markdown reader shows as it is.

    >>> escape("ln_x | a*b <c> p<0.1")
    'ln\\\\_x \\\\| a\\\\*b &lt;c> p<0.1'
    """
    text = re.sub(r"&(?=#|\w+;)", "&amp;", text)  # what a reader would take for an entity or a tag
    text = re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", text).replace("\n", " ")


def _headings(printed: Grid) -> tuple[str, ...]:
    return printed.flat_headings if printed.spanners else printed.headings


def _lines(line: Line) -> list[str]:
    lines = []
    if line.panel is not None:
        lines.append(_row([f"*{escape(line.panel)}*"] + [""] * len(line.cells)))
    label = "&emsp;" * line.row.indent + escape(line.label)
    lines.append(_row([label, *(escape(cell.text) + escape(cell.stars) for cell in line.cells)]))
    if line.has_below:
        lines.append(_row(["", *(escape(cell.enclosed) for cell in line.cells)]))
    return lines


def _row(fields: list[str]) -> str:
    return "| " + " | ".join(fields) + " |"
