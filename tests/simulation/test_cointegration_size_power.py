"""The committed rates of the panel tests of cointegration: complete, in step with their page, and what they say."""

from __future__ import annotations

from itertools import product

import pytest

from tests.simulation.cointegration_size_power import ERRORS, PAGE, ROOTS, SIZES, TESTS, cell, page, written


def rates(test, relation, errors=None):
    return [float(r["rate"]) for r in written()
            if (r["test"], r["relation"]) == (test, relation) and errors in (None, r["errors"])]


def test_the_file_holds_every_cell_and_the_page_is_of_it():
    rows = written()
    cells = {(r["test"], int(r["n"]), int(r["t"]), r["errors"], r["relation"]) for r in rows}
    assert cells == {(test, *size, errors, relation) for test, size, errors, relation in
                     product(TESTS, SIZES, ERRORS, ROOTS)}
    assert len({(r["statistic"], *tuple(r.values())[:1], *tuple(r.values())[2:6]) for r in rows}) == len(rows)
    assert PAGE.read_text(encoding="utf-8") == page(rows)


def test_only_tests_made_for_dependence_keep_their_size_with_a_factor():
    robust = [*rates("cce-cointegration", "none"), *rates("westerlund, bootstrap", "none")]
    assert max(robust) <= 0.15 and sum(robust) / len(robust) <= 0.07
    for test in ("pedroni", "kao"):
        assert sum(rates(test, "none", "factor")) > 1.5 * sum(rates(test, "none", "independent"))


@pytest.mark.parametrize(("test", "at"), [("westerlund vr", 0), pytest.param("kao", 3, marks=pytest.mark.slow)])
def test_a_cell_again(test, at):
    n, t = SIZES[at]
    again = cell(test, n, t, "independent", "none")
    assert [{k: str(v) for k, v in row.items()} for row in again] == [
        r for r in written() if (r["test"], r["n"], r["t"], r["errors"], r["relation"])
        == (test, str(n), str(t), "independent", "none")]
