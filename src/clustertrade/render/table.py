"""The neutral table: numbers as computed, words in both languages, and no formatting yet.

A layout fills a :class:`Table`; the modules beside this one print it. Rounding, stars and the
choice of a language happen there and nowhere earlier, so that every format says the same.
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from clustertrade.render.words import Text, checked_text

KINDS = ("number", "integer", "percent", "p", "text")
PARENS = ("se", "t", "p", "ci", "none")


def _finite(value: Any, where: str) -> float:
    """A Python float or int, so that what is written does not depend on the array library."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ValueError(f"{where} is {value!r}, not a number")
    if not math.isfinite(value):
        raise ValueError(f"{where} is {value!r}: leave the cell out of the table, and it prints a dash")
    return int(value) if isinstance(value, numbers.Integral) else float(value)


@dataclass(frozen=True)
class Cell:
    """One result.

    Parameters
    ----------
    value : float, int or Text
        Unrounded. A share for ``kind="percent"`` (0.12 prints 12.0%). None and NaN are a ValueError:
        a result that does not exist is a cell that is left out.
    below : float, mapping or None
        What stands in parentheses under the value. A mapping ``{"se": ..., "t": ..., "p": ..., "ci": (low, high)}``
        lets the style choose which one is printed, and the CSV keeps all of them; a mapping without the
        style's choice prints its first entry. A bare number is what ``Style.paren`` says, except that a
        number equal to ``pvalue`` is a p-value.
    pvalue : float or None
        Decides the stars; always in the CSV.
    kind : {"number", "integer", "percent", "p", "text"}
    digits : int or None
        Decimals; None takes the column's or the style's.
    """

    value: float | Text
    below: float | Mapping[str, float | tuple[float, float]] | None = None
    pvalue: float | None = None
    kind: str = "number"
    digits: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a cell is one of {', '.join(KINDS)}; not {self.kind!r}")
        put = lambda name, value: object.__setattr__(self, name, value)  # noqa: E731
        if self.kind == "text":
            checked_text(self.value, "a text cell")
        else:
            value = _finite(self.value, f"the value of a cell of kind {self.kind}")
            if self.kind == "integer" and value != int(value):
                raise ValueError(f"an integer cell holds {value!r}")
            if self.kind == "p" and not 0 <= value <= 1:
                raise ValueError(f"a p-value cell holds {value!r}, which is outside 0 to 1")
            put("value", int(value) if self.kind == "integer" else value)
        if self.pvalue is not None:
            put("pvalue", _finite(self.pvalue, "the p-value of a cell"))
            if not 0 <= self.pvalue <= 1:
                raise ValueError(f"the p-value of a cell is {self.pvalue!r}, which is outside 0 to 1")
        if isinstance(self.below, Mapping):
            put("below", MappingProxyType({kind: self._below(kind, v) for kind, v in self.below.items()}))
        elif self.below is not None:
            put("below", _finite(self.below, "the number below a cell"))

    @staticmethod
    def _below(kind: str, value: Any) -> float | tuple[float, float]:
        if kind not in PARENS[:-1]:
            raise ValueError(f"below a cell stand {', '.join(PARENS[:-1])}; not {kind!r}")
        if kind != "ci":
            return _finite(value, f"the {kind} below a cell")
        low, high = (_finite(bound, "a bound of the interval below a cell") for bound in value)
        return low, high

    def statistics(self, style: Style) -> dict[str, float | tuple[float, float]]:
        """Everything that accompanies the value, by kind; the p-value last."""
        if isinstance(self.below, Mapping):
            found = dict(self.below)
        elif self.below is None:
            found = {}
        else:
            kind = "p" if self.below == self.pvalue or style.paren == "none" else style.paren
            found = {kind: self.below}
        if self.pvalue is not None:
            found["p"] = self.pvalue
        return {kind: found[kind] for kind in ("se", "t", "ci", "p") if kind in found}

    def shown_below(self, style: Style) -> tuple[str, float | tuple[float, float]] | None:
        """Kind and number of what is printed in parentheses, or None."""
        if self.below is None or style.paren == "none":
            return None
        if isinstance(self.below, Mapping):
            kind = style.paren if style.paren in self.below else next(iter(self.below), None)
            return None if kind is None else (kind, self.below[kind])
        return ("p" if self.below == self.pvalue else style.paren, self.below)


BLANK = Cell("", kind="text")
"""An empty cell, where nothing belongs (the upper triangle of a correlation matrix); no dash."""


@dataclass(frozen=True)
class Row:
    """A line of the table; rows that follow each other with the same ``panel`` stand under its heading."""

    key: str
    label: Text
    panel: Text | None = None
    rule: bool = False  # a thin rule above, e.g. before the observations of a regression table
    indent: int = 0


@dataclass(frozen=True)
class Column:
    """A column; neighbours with the same ``spanner`` share a heading above (a tuple: several levels, top first)."""

    key: str
    label: Text
    spanner: Text | tuple[Text, ...] | None = None
    digits: int | None = None
    align: str | None = None  # left, center, right; None: by what the column holds
    width: float | None = None  # cm, for running text that must wrap

    @property
    def spanners(self) -> tuple[Text, ...]:
        """The headings above, top first."""
        if self.spanner is None:
            return ()
        return self.spanner if isinstance(self.spanner, tuple) else (self.spanner,)


@dataclass(frozen=True)
class Style:
    """How numbers are printed; the study's ``style``.

    ``paren`` is what stands below an estimate: se, t, p, ci or none. ``stars`` are the levels of
    significance; empty for none. Integers from 10,000 on get separators if ``thousands`` (a year never does).
    """

    paren: str = "se"
    digits: int = 3
    stars: tuple[float, ...] = (0.1, 0.05, 0.01)
    thousands: bool = True

    def __post_init__(self) -> None:
        if self.paren not in PARENS:
            raise ValueError(f"paren is one of {', '.join(PARENS)}; not {self.paren!r}")
        if isinstance(self.digits, bool) or not isinstance(self.digits, int) or not 0 <= self.digits <= 12:
            raise ValueError(f"digits is a whole number from 0 to 12; not {self.digits!r}")
        levels = tuple(sorted((float(level) for level in self.stars), reverse=True))
        if any(not 0 < level < 1 for level in levels) or len(set(levels)) < len(levels):
            raise ValueError(f"stars are different levels between 0 and 1; not {self.stars!r}")
        object.__setattr__(self, "stars", levels)


@dataclass(frozen=True)
class Table:
    """A table of results, ready for every format and language.

    Parameters
    ----------
    id : str
        File name and anchor, e.g. ``t05-unit-roots``.
    title : Text
    columns, rows : sequence of Column, of Row
    cells : mapping of (row key, column key) to Cell
        An absent cell prints a dash.
    notes : sequence of Text
        Sentences without their final stop. What stands in parentheses and what the stars mean is added by itself.
    style : Style
    sources : sequence of Text
        Printed after the notes as the table's source.
    citation : Text or None
        How to cite the table; printed on the page only.
    stub : Text
        Heading of the column of row labels.
    below_note : Text or None
        Replaces the sentence about parentheses ("Standard errors clustered by province in parentheses");
        an empty string leaves it out.

    Raises
    ------
    ValueError
        For a key that no row or column has, two rows or columns of one key, a text without one of the languages.
    """

    id: str
    title: Text
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    cells: Mapping[tuple[str, str], Cell]
    notes: tuple[Text, ...] = ()
    style: Style = field(default_factory=Style)
    sources: tuple[Text, ...] = ()
    citation: Text | None = None
    stub: Text = ""
    below_note: Text | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.id):
            raise ValueError(f"the id of a table is lower case with hyphens, as t05-unit-roots; not {self.id!r}")
        for name in ("columns", "rows", "notes", "sources"):
            value: Iterable[Any] = getattr(self, name)
            if isinstance(value, (str, Mapping)):
                raise ValueError(f"table {self.id}: {name} is a sequence, not {value!r}")
            object.__setattr__(self, name, tuple(value))
        for text, where in self._texts():
            checked_text(text, f"table {self.id}, {where}")
        for name in ("rows", "columns"):
            keys = [item.key for item in getattr(self, name)]
            if not keys:
                raise ValueError(f"table {self.id} has no {name}")
            if twice := sorted({key for key in keys if keys.count(key) > 1}):
                raise ValueError(f"table {self.id}: {name} share the keys {', '.join(twice)}")
        known = {(row.key, column.key) for row in self.rows for column in self.columns}
        if stray := sorted(set(self.cells) - known, key=str):
            raise ValueError(f"table {self.id}: no such row and column: {', '.join(map(str, stray[:5]))}")
        object.__setattr__(self, "cells", MappingProxyType(dict(self.cells)))

    def _texts(self) -> Iterator[tuple[Text, str]]:
        yield self.title, "title"
        yield self.stub, "stub"
        for note in (*self.notes, *self.sources):
            yield note, "note"
        for optional in (self.citation, self.below_note):
            if optional is not None:
                yield optional, "note"
        for row in self.rows:
            yield row.label, f"row {row.key}"
            if row.panel is not None:
                yield row.panel, f"panel of row {row.key}"
        for column in self.columns:
            yield column.label, f"column {column.key}"
            for spanner in column.spanners:
                yield spanner, f"heading above column {column.key}"
