"""The simulated laws of LLC, CIPS against printed tables and the procedures' own regressions."""

from __future__ import annotations

import numpy as np
import pytest

from clustertrade.distributions import cips
from clustertrade.distributions.cips_selection import chosen
from clustertrade.distributions.cips_simulation import MOST, statistics
from clustertrade.distributions.llc_simulation import adjustments, parts
from clustertrade.distributions.lookup import lookup, rows
from clustertrade.unitroot.cips import cadf_regressions

LEVELS, SLACK = np.array([0.05, 0.25, 0.5, 0.75]), np.array([0.02, 0.04, 0.05, 0.04])


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_llc_moments_as_printed_come_out_of_the_simulation(trend):
    """With differences as they are (n, c) or centred (ct), as the null says; centred further they would not."""
    for row in rows("llc_simulated"):
        if row["trend"] == trend and float(row["t"]) >= 25:
            at = {"t": [float(row["t"])]}
            mean, sd = (lookup("llc2002", c, at, {"trend": trend})[0][0] for c in ("mean", "sd"))
            assert float(row["mean"]) == pytest.approx(mean, abs=0.015)
            assert float(row["sd"]) == pytest.approx(sd, rel=0.04)


def test_llc_table_meets_fresh_draws():
    rng = np.random.default_rng(4)
    for trend, t in (("n", 12), ("c", 14), ("ct", 20)):
        mean, sd = adjustments(parts(rng, 20_000, t, trend))
        at = {"t": [t]}
        assert lookup("llc_simulated", "mean", at, {"trend": trend})[0][0] == pytest.approx(mean, abs=0.03)
        assert lookup("llc_simulated", "sd", at, {"trend": trend})[0][0] == pytest.approx(sd, rel=0.08)


@pytest.mark.parametrize("name", ["CIPS", "CIPS*"])
def test_critical_values_as_printed_come_out_of_the_simulation(name):
    """T of the tables counts the period before the first observation."""
    gaps = []
    for row in rows("pesaran2007"):
        n, t = float(row["n"]), float(row["t"]) - 1
        if t >= 14:
            gaps.append(cips.critical(name, row["trend"], n, t, 0)[row["level"]] - float(row[name]))
            assert cips.critical_printed(name, row["trend"], n, t)[0][row["level"]] == float(row[name])
    assert np.abs(gaps).max() < 0.05 and abs(np.mean(gaps)) < 0.01


def test_simulated_statistics_are_those_of_the_procedure():
    entities, n = 6, 30
    found = statistics(np.random.default_rng(5), 2, entities, n)
    e = np.random.default_rng(5).standard_normal((2, entities, MOST + n))
    for (trend, k), t in found.items():
        y = np.concatenate([np.zeros((entities, 1)), np.cumsum(e[1, :, MOST - k :], 1)], 1)
        np.testing.assert_allclose(cadf_regressions(y, trend, k, 0).t, t[1], rtol=1e-6)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_chosen_statistics_are_those_of_the_procedure(trend):
    entities, periods = 6, 24
    e = np.random.default_rng(6).standard_normal((periods - 1, 2, entities))
    y = np.concatenate([np.zeros((1, entities)), np.cumsum(e[:, 1], 0)]).T
    for name, most, t in chosen(np.random.default_rng(6), 2, entities, periods, trend):
        fit = cadf_regressions(y, trend, name if most else 0, most)
        np.testing.assert_allclose(fit.t, t[1], rtol=1e-6)


def test_p_of_cips_meets_fresh_walks():
    """Given orders and chosen ones, between the cells of the tables: p of the empirical quantiles."""
    rng = np.random.default_rng(7)
    for trend in ("c", "ct"):
        found = [statistics(rng, 100, 15, 25) for _ in range(12)]
        for k in (0, 1):
            t = np.quantile(np.concatenate([f[trend, k].mean(1) for f in found]), LEVELS)
            p = [cips.pvalue(v, "CIPS", trend, 15, 25, k)[0] for v in t]
            assert (np.abs(np.array(p) - LEVELS) < SLACK).all(), p
        drawn: dict[tuple[str, int], list[np.ndarray]] = {}
        for _ in range(12):
            for name, most, t in chosen(rng, 100, 15, 26, trend):
                drawn.setdefault((name, most), []).append(t.mean(1))
        for name in ("aic", "bic", "t"):
            t = np.quantile(np.concatenate(drawn[name, 2]), LEVELS)
            p = [cips.pvalue_selected(v, "CIPS", trend, 15, 26, name, 2)[0] for v in t]
            assert (np.abs(np.array(p) - LEVELS) < SLACK).all(), p


def test_points_outside_are_said_to_be():
    assert cips.pvalue(-2.0, "CIPS", "c", 20, 30, 1)[1] is False
    assert cips.pvalue(-2.0, "CIPS", "c", 3, 30, 1)[1] and cips.pvalue(-2.0, "CIPS", "c", 20, 30, 5)[1]
    assert cips.critical_printed("CIPS", "c", 9, 30)[1] and not cips.critical_printed("CIPS", "c", 10, 30)[1]
