"""The committed rates: complete, in step with their page, and what a fresh run gives."""

from __future__ import annotations

import pytest

from tests.simulation.causality_size_power import FIELDS, PAGE, SLOPES, cells, done, page, rate


def test_the_file_holds_every_cell_once_and_the_page_is_of_it():
    found = [tuple(row[f] for f in FIELDS[:7]) for row in done()]
    assert found == [(*key, str(n), str(t), errors, slopes) for key, n, t, errors, slopes in cells()]
    assert PAGE.read_text(encoding="utf-8") == page(done())


def test_bootstraps_keep_their_size_and_only_they_do_in_short_panels():
    null = [row for row in done() if row["slopes"] == SLOPES[0]]
    drawn = [row for row in null if row["p"] == "bootstrap"]
    assert all(float(row["low"]) <= 0.075 and float(row["high"]) >= 0.03 for row in drawn)
    short = [row for row in null if row["p"] == "chi2" and row["t"] == "11"]
    assert short and all(float(row["low"]) > 0.10 for row in short)


def test_the_first_row_again():
    (key, *where), row = cells()[0], done()[0]
    assert {k: str(v) for k, v in rate(key, *where).items()} == row


@pytest.mark.slow
@pytest.mark.parametrize("at", [4, 60, 130, 200])
def test_other_rows_again(at):
    (key, *where), row = cells()[at], done()[at]
    assert {k: str(v) for k, v in rate(key, *where).items()} == row


def test_warnings_quote_these_rates():
    from clustertrade.causality.measured import RATES, nearest

    null = {(r["procedure"], int(r["n"]), int(r["t"]), r["errors"]): float(r["rate"]) for r in done()
            if r["slopes"] == SLOPES[0] and r["p"] in ("normal", "chi2")}
    for name in ("dumitrescu-hurlin", "juodis-karavias-sarafidis"):
        for (n, t), rates in RATES[name].items():
            assert rates == (null[name, n, t, "independent"], null[name, n, t, "factor"])
    assert "0.10 at N=25, T=22" in nearest("juodis-karavias-sarafidis", 31, 21)
    assert "0.08 at N=10, T=11" in nearest("dumitrescu-hurlin", 6, 9)
