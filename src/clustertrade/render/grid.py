"""A table in one language, every cell a printed string: what the formats have in common."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from clustertrade.render import number
from clustertrade.render.table import Cell, Column, Row, Style, Table
from clustertrade.render.words import in_language, word

DASH = "–"
BRACKETS = {"se": "()", "t": "()", "p": "[]", "ci": "[]"}


@dataclass(frozen=True)
class Printed:
    """A cell: ``numeric`` text is ASCII from ``number``, for the format to set; ``below`` has no brackets yet."""

    text: str
    numeric: bool = False
    stars: str = ""
    below: tuple[str, ...] = ()  # one number, or the two of an interval
    brackets: str = "()"
    cell: Cell | None = None

    @property
    def enclosed(self) -> str:
        """What stands below, in its brackets, still ASCII; "" for nothing."""
        return self.brackets[0] + ", ".join(self.below) + self.brackets[1] if self.below else ""


@dataclass(frozen=True)
class Line:
    """A row with its cells; ``panel`` is the heading that stands before it, if it opens a panel."""

    row: Row
    label: str
    cells: tuple[Printed, ...]
    panel: str | None = None

    @property
    def has_below(self) -> bool:
        """Whether any cell has something in parentheses."""
        return any(cell.below for cell in self.cells)


@dataclass(frozen=True)
class Span:
    """A heading over ``width`` columns; empty text where a column has none."""

    text: str
    width: int


@dataclass(frozen=True)
class Grid:
    """Everything that is printed, in reading order."""

    table: Table
    lang: str
    title: str
    stub: str
    spanners: tuple[tuple[Span, ...], ...]  # a tuple a level, top first
    headings: tuple[str, ...]
    align: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: str  # with its lead-in, "" if there is none
    sources: str
    citation: str

    @property
    def flat_headings(self) -> tuple[str, ...]:
        """Column headings for formats with one line of them: spanners before the label, made unique by the key."""
        spread = [[span.text for span in level for _ in range(span.width)] for level in self.spanners]
        flat = [": ".join(filter(None, (*above, label))) for *above, label in zip(*spread, self.headings, strict=True)]
        return tuple(
            f"{label} ({column.key})" if flat.count(label) > 1 or not label else label
            for label, column in zip(flat, self.table.columns, strict=True)
        )


def grid(table: Table, lang: str) -> Grid:
    """Print every cell of the table in one language (``en`` or ``zh``)."""
    lines, open_panel = [], None
    for row in table.rows:
        panel = None if row.panel is None else in_language(row.panel, lang)
        cells = tuple(_printed(table.cells.get((row.key, c.key)), c, table.style, lang) for c in table.columns)
        opens = panel is not None and panel != open_panel
        lines.append(Line(row, in_language(row.label, lang), cells, panel if opens else None))
        open_panel = panel
    return Grid(
        table=table,
        lang=lang,
        title=in_language(table.title, lang),
        stub=in_language(table.stub, lang),
        spanners=_spanners(table.columns, lang),
        headings=tuple(in_language(column.label, lang) for column in table.columns),
        align=tuple(column.align or _alignment(table, column) for column in table.columns),
        lines=tuple(lines),
        notes=_paragraph("notes", _sentences(table, lang), lang),
        sources=_paragraph("source", [in_language(source, lang) for source in table.sources], lang),
        citation="" if table.citation is None else _paragraph("cite-as", [in_language(table.citation, lang)], lang),
    )


def _printed(cell: Cell | None, column: Column, style: Style, lang: str) -> Printed:
    if cell is None:
        return Printed(DASH)
    digits = next(d for d in (cell.digits, column.digits, style.digits) if d is not None)
    asked = cell.digits is not None or column.digits is not None
    shown = cell.shown_below(style)
    kind, below = shown if shown else ("se", ())
    bounds = below if isinstance(below, tuple) else (below,)
    return Printed(
        text=_value(cell, digits, asked, style, lang),
        numeric=cell.kind != "text",
        stars=number.stars(cell.pvalue, style.stars),
        below=tuple(number.pvalue(b, digits) if kind == "p" else number.number(b, digits) for b in bounds),
        brackets=BRACKETS[kind],
        cell=cell,
    )


def _value(cell: Cell, digits: int, asked: bool, style: Style, lang: str) -> str:
    match cell.kind:
        case "text":
            return in_language(cell.value, lang)  # type: ignore[arg-type]
        case "integer":
            return number.integer(cell.value, style.thousands)  # type: ignore[arg-type]
        case "percent":
            # a share of three decimals is a percentage of one
            return number.percent(cell.value, digits if asked else max(digits - 2, 0))  # type: ignore[arg-type]
        case "p":
            return number.pvalue(cell.value, digits)  # type: ignore[arg-type]
    return number.number(cell.value, digits, style.thousands)  # type: ignore[arg-type]


def _spanners(columns: tuple[Column, ...], lang: str) -> tuple[tuple[Span, ...], ...]:
    depth = max(len(column.spanners) for column in columns)
    # a column with fewer levels keeps them next to its label
    paths = [("",) * (depth - len(c.spanners)) + tuple(in_language(s, lang) for s in c.spanners) for c in columns]
    levels = []
    for level in range(depth):
        # a heading ends where one above it ends, even if the next one reads the same
        groups = itertools.groupby(paths, key=lambda path: path[: level + 1])
        levels.append(tuple(Span(path[-1], len(list(members))) for path, members in groups))
    return tuple(levels)


def _alignment(table: Table, column: Column) -> str:
    cells = [cell for row in table.rows if (cell := table.cells.get((row.key, column.key))) is not None]
    if any(cell.pvalue is not None or cell.below is not None for cell in cells):
        return "center"
    if column.width is not None:
        return "left"
    texts = sum(cell.kind == "text" for cell in cells if cell.value != "")
    if texts == 0:
        return "right"
    return "left" if texts == len([cell for cell in cells if cell.value != ""]) else "center"


def _sentences(table: Table, lang: str) -> list[str]:
    sentences = [in_language(note, lang) for note in table.notes]
    shown = {pair[0] for cell in table.cells.values() if (pair := cell.shown_below(table.style))}
    if table.below_note is not None:
        sentences.append(in_language(table.below_note, lang))
    elif shown:
        listed = [word(f"below.{kind}", lang) for kind in ("se", "t", "ci", "p") if kind in shown]
        sentences.append(word("punctuation.list", lang).join(listed))
    if table.style.stars and any(cell.pvalue is not None for cell in table.cells.values()):
        sentences.append(star_legend(table.style, lang))
    return [sentence for sentence in sentences if sentence.strip()]


def star_legend(style: Style, lang: str) -> str:
    """What the stars mean, in the words of the language."""
    ranked = [("*" * (i + 1), level) for i, level in enumerate(style.stars)][::-1]
    comma = word("punctuation.enumeration", lang)
    return word("stars.one" if len(ranked) == 1 else "stars.several", lang).format(
        items=comma.join(f"{mark}\u00a0p<{level:g}" for mark, level in ranked),
        marks=comma.join(mark for mark, _ in ranked),
        levels=comma.join(f"{100 * level:g}%" for _, level in ranked),
    )


def _paragraph(lead: str, sentences: list[str], lang: str) -> str:
    if not sentences:
        return ""
    colon, stop, end = (word(f"punctuation.{name}", lang) for name in ("colon", "between", "end"))
    return word(lead, lang) + colon + stop.join(sentence.rstrip(" .;。；") for sentence in sentences) + end
