from __future__ import annotations

import numpy as np
import pytest

from clustertrade.render import BLANK, Cell, Column, Row, Style, Table


def table(**changes) -> Table:
    facts = {
        "id": "t01",
        "title": "T",
        "columns": [Column("c", "C")],
        "rows": [Row("r", "R")],
        "cells": {("r", "c"): Cell(1.0)},
    }
    return Table(**(facts | changes))


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf"), np.nan, np.float64("nan"), "1.0", True])
def test_what_is_no_number_is_refused(nothing):
    for make in (
        lambda: Cell(nothing),
        lambda: Cell(1.0, pvalue=nothing) if nothing is not None else Cell(None),
        lambda: Cell(1.0, below={"se": nothing}),
        lambda: Cell(nothing, kind="integer"),
        lambda: Cell(nothing, kind="p"),
    ):
        with pytest.raises(ValueError, match=r"number|leave the cell out"):
            make()


@pytest.mark.parametrize("word", ["nan", "NaN", "None", "<NA>", " null "])
def test_a_missing_value_is_no_text(word):
    with pytest.raises(ValueError, match="leave the cell out"):
        Cell(word, kind="text")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: Cell(1.0, kind="float"), "kind|one of"),
        (lambda: Cell(1.5, kind="integer"), "1.5"),
        (lambda: Cell(1.5, kind="p"), "outside 0 to 1"),
        (lambda: Cell(1.0, pvalue=-0.1), "outside 0 to 1"),
        (lambda: Cell(1.0, below={"sd": 1.0}), "'sd'"),
        (lambda: Cell({"en": "only"}, kind="text"), "'zh'"),
        (lambda: Style(paren="tstat"), "tstat"),
        (lambda: Style(digits=-1), "-1"),
        (lambda: Style(stars=(5, 1)), "between 0 and 1"),
        (lambda: table(id="T 01"), "lower case"),
        (lambda: table(rows=[]), "no rows"),
        (lambda: table(rows=[Row("r", "a"), Row("r", "b")]), "share the keys r"),
        (lambda: table(cells={("r", "d"): Cell(1.0)}), r"\('r', 'd'\)"),
        (lambda: table(title={"en": "T"}), "title.*'zh'"),
        (lambda: table(notes="one note"), "sequence"),
        (lambda: table(columns=[Column("c", None)]), "column c"),
    ],
)
def test_a_wrong_table_is_refused_with_its_reason(wrong, says):
    with pytest.raises(ValueError, match=says):
        wrong()


def test_numpy_numbers_become_python_numbers():
    cell = Cell(np.float32(0.5), pvalue=np.float64(0.01))
    assert type(cell.value) is float and type(cell.pvalue) is float
    assert type(Cell(np.int64(3), kind="integer").value) is int


def test_the_style_chooses_what_stands_below():
    below = {"se": 0.1, "t": 2.0, "p": 0.04, "ci": (0.0, 0.4)}
    cell = Cell(0.2, below=below, pvalue=0.04)
    for kind, number in below.items():
        assert cell.shown_below(Style(paren=kind)) == (kind, number)
    assert cell.shown_below(Style(paren="none")) is None
    assert list(cell.statistics(Style(paren="none"))) == ["se", "t", "ci", "p"]
    assert Cell(0.2, below={"p": 0.04}).shown_below(Style(paren="se")) == ("p", 0.04)
    assert Cell(0.2, below=0.04, pvalue=0.04).shown_below(Style(paren="se")) == ("p", 0.04)
    assert Cell(0.2, below=0.1, pvalue=0.04).shown_below(Style(paren="t")) == ("t", 0.1)


def test_tables_do_not_change():
    made = table()
    with pytest.raises(TypeError):
        made.cells["r", "c"] = BLANK  # type: ignore[index]
    with pytest.raises(AttributeError):
        made.id = "t02"  # type: ignore[misc]
