"""The committed rates of the specification tests: complete, in step with their page, and what they say."""

from __future__ import annotations

import pytest

from tests.simulation.specification_size_power import CASES, PAGE, cell, cells, page, written


def rates(test, kind):
    return [float(r["rate"]) for r in written() if (r["test"], r["kind"]) == (test, kind)]


def test_the_file_holds_every_cell_and_the_page_is_of_it():
    rows = written()
    assert list(dict.fromkeys((r["test"], int(r["n"]), int(r["t"]), r["kind"]) for r in rows)) == cells()
    assert PAGE.read_text(encoding="utf-8") == page(rows)


FEW = ("hausman, plm", "hausman, robust", "mundlak", "reset, clustered", "modified-wald")     # off with few entities


@pytest.mark.parametrize("test", [t for t in CASES if t not in FEW])
def test_sizes_are_near_five_percent_and_departures_are_found(test):
    size, power = rates(test, "size"), rates(test, "power")
    assert max(size) <= 0.11 and sum(size) / len(size) <= 0.08, size
    assert max(power) > 3 * max(size)


def test_one_residual_variance_is_what_gives_the_hausman_test_its_size():
    assert all(one < own for one, own in zip(rates("hausman", "size"), rates("hausman, plm", "size"), strict=True))


@pytest.mark.parametrize("test", ["mundlak", "reset, clustered"])
def test_clustered_covariances_need_entities(test):
    few, *more = rates(test, "size")
    assert few > 0.13 and all(size < few for size in more)


def test_chi_squared_of_the_modified_wald_test_rejects_far_too_often_and_its_bootstrap_does_not():
    assert min(rates("modified-wald", "size")) > 0.3 and max(rates("modified-wald, bootstrap", "size")) < 0.1


@pytest.mark.parametrize("test", ["f-effects", pytest.param("sargan", marks=pytest.mark.slow)])
def test_a_cell_again(test):
    n, t = CASES[test].sizes[0]
    assert cell(test, n, t, "size") == [
        r for r in written() if (r["test"], r["n"], r["t"], r["kind"]) == (test, str(n), str(t), "size")]
