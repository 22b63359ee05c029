"""The committed rates: complete, in step with their page, and what a fresh run gives."""

from __future__ import annotations

import pytest

from tests.simulation.error_correction_size_power import FIELDS, PAGE, cells, done, interval, page, rates


def test_the_file_holds_every_cell_once_and_the_page_is_of_it():
    found = [tuple(row[f] for f in FIELDS[:4]) for row in done()]
    assert found == [tuple(map(str, cell)) for cell in cells()]
    assert PAGE.read_text(encoding="utf-8") == page(done())


def test_gmm_and_the_bootstrap_keep_their_size_where_others_do_not():
    null = {(r["test"], int(r["n"]), int(r["t"])): r for r in done() if r["case"] == "null"}
    for (test, n, t), row in null.items():
        low, high = interval(float(row["long"]))
        if test in ("gmm", "gmm, demean", "bootstrap") and t > 11:
            assert low <= 0.08 and high >= 0.03, (test, n, t)
        if test in ("ols", "chi2") and t == 22:
            assert low > 0.15


def test_the_first_row_again():
    assert rates(*cells()[0]) == done()[0]


@pytest.mark.slow
@pytest.mark.parametrize("at", [7, 33, 44, 55])
def test_other_rows_again(at):
    assert rates(*cells()[at]) == done()[at]
