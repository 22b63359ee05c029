"""How wide columns are: what a page, a terminal and a Word table have to know before they print."""

from __future__ import annotations

import re
import unicodedata

from clustertrade.render.grid import Grid

LETTERS_A_CM = 5.2  # at 9 pt, with a little to spare; a Chinese letter counts two
PADDING = 0.45
POWER = re.compile(r"\de-?\d")
WIDEST_LABEL = 7.0  # cm; a longer row label wraps
PORTRAIT, LANDSCAPE = 17.0, 25.7  # cm between the margins of A4
LONG_NOTES = 1000  # terminal cells; more of them below a narrow table take the width of the page


def cells_wide(text: str) -> int:
    """Terminal cells that a text takes: Chinese letters and full-width punctuation take two.

    >>> cells_wide("ab"), cells_wide("观测值")
    (2, 6)
    """
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def column_widths(printed: Grid) -> list[float]:
    """Width in cm of the row labels and of each column at 9 pt, before anything is made to fit."""
    labels = [printed.stub, *(line.label + "  " * line.row.indent for line in printed.lines)]
    widths = [min(WIDEST_LABEL, _centimetres(labels))]
    for i, column in enumerate(printed.table.columns):
        cells = [line.cells[i] for line in printed.lines]
        texts = [printed.headings[i], *(cell.text + cell.stars for cell in cells), *(cell.enclosed for cell in cells)]
        widths.append(_centimetres(texts) if column.width is None else column.width + PADDING)
    for level in printed.spanners:  # a heading needs the columns below it to hold it
        at = 1
        for span in level:
            lacking = _centimetres([span.text]) - sum(widths[at : at + span.width])
            for i in range(at, at + span.width):
                widths[i] += max(0.0, lacking) / span.width
            at += span.width
    return widths


def is_wide(printed: Grid) -> bool:
    """Whether the table asks for a page on its side."""
    return sum(column_widths(printed)) > PORTRAIT


def least_notes_width(printed: Grid) -> float:
    """Share of the page's width that the notes take at least, however narrow the table is."""
    return 1.0 if cells_wide(printed.notes) > LONG_NOTES else 0.6


def fitted(printed: Grid) -> list[float]:
    """Widths in cm that fit the page: running text gives way first, then everything in proportion."""
    widths = column_widths(printed)
    room = LANDSCAPE if is_wide(printed) else PORTRAIT
    soft = [0, *(i + 1 for i, column in enumerate(printed.table.columns) if column.width is not None)]
    excess = sum(widths) - room
    if excess > 0:
        give = sum(widths[i] for i in soft) * 0.5
        share = min(1.0, excess / give) * 0.5
        widths = [width * (1 - share) if i in soft else width for i, width in enumerate(widths)]
        scale = min(1.0, room / sum(widths))
        widths = [width * scale for width in widths]
    return widths


def _centimetres(texts: list[str]) -> float:
    # a power of ten is printed longer than its e
    longest = max((cells_wide(text) + 4 * bool(POWER.search(text)) for text in texts), default=0)
    return longest / LETTERS_A_CM + PADDING
