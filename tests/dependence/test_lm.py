"""The three LM tests stand on one sum."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, norm

import clustertrade as ct
from clustertrade.dependence import bc_lm, bp_lm, scaled_lm
from clustertrade.errors import InfeasibleError
from tests.dependence.panels import SIZES, holed, independent, pairs, panel, unit_residuals
from tests.simulation.rates import within


def by_hand(series):
    """LM, scaled LM and its bias."""
    n = len(series)
    terms = np.array([(t * rho**2, 1 / (t - 1)) for _, _, rho, t in pairs(series)])
    return terms[:, 0].sum(), np.sqrt(1 / (n * (n - 1))) * (terms[:, 0] - 1).sum(), n / 2 * terms[:, 1].mean()


@pytest.mark.parametrize("gaps", [False, True])
def test_lm_tests_are_their_formulas(gaps):
    rng = np.random.default_rng(1)
    y = independent(rng, 7, 28)
    y = holed(y, rng) if gaps else y
    lm, scaled, bias = by_hand(y)
    data = panel(y=y)["y"]
    first = bp_lm(data)["LM"]
    assert np.isclose(first.value, lm) and np.isclose(first.pvalue, chi2.sf(lm, 21)) and first.df == 21
    second = scaled_lm(data)["LM-scaled"]
    assert np.isclose(second.value, scaled) and np.isclose(second.pvalue, 2 * norm.sf(abs(scaled)))
    third = bc_lm(data)
    assert np.isclose(third["LM-bc"].value, scaled - bias) and np.isclose(third.details["bias"], bias)


def test_the_bias_of_a_balanced_panel_is_that_of_the_paper():
    assert bc_lm(panel(y=independent(np.random.default_rng(2), 9, 15))["y"]).details["bias"] == pytest.approx(9 / 28)


def test_plm_counts_the_periods_of_the_whole_panel():
    y = independent(np.random.default_rng(3), 6, 20)
    y[0, :8] = np.nan
    data = panel(y=y)["y"]
    assert bc_lm(data, convention="plm").details["bias"] == pytest.approx(6 / 38)
    assert bc_lm(data).details["bias"] > 6 / 38


@pytest.mark.parametrize("gaps", [False, True])
def test_residuals_are_by_entity_or_of_fixed_effects(gaps):
    rng = np.random.default_rng(4)
    x = rng.standard_normal((6, 24))
    y = np.arange(6.0)[:, None] + x + independent(rng, 6, 24)
    y = holed(y, rng) if gaps else y
    data = panel(y=y, x=x)
    lm, scaled, _ = by_hand(unit_residuals(y, [x]))
    assert np.isclose(bp_lm(data["y"], data["x"])["LM"].value, lm)
    assert np.isclose(scaled_lm(data["y"], data["x"])["LM-scaled"].value, scaled)
    there = np.isfinite(y)
    dummies = np.repeat(np.eye(6), 24, axis=0)[there.ravel()]
    design = np.column_stack([dummies, x[there]])
    resid = np.full(y.shape, np.nan)
    resid[there] = y[there] - design @ np.linalg.lstsq(design, y[there], rcond=None)[0]
    _, scaled, bias = by_hand(resid)
    assert np.isclose(bc_lm(data["y"], data["x"])["LM-bc"].value, scaled - bias)


def test_fixed_effects_take_what_does_not_vary_within_entities():
    rng = np.random.default_rng(5)
    data = panel(y=rng.standard_normal((5, 12)), x=rng.standard_normal((5, 12)), z=np.tile(np.arange(5.0), (12, 1)).T)
    with pytest.raises(InfeasibleError, match="z does not vary within entities"):
        bc_lm(data["y"], data[["x", "z"]])


def test_collinearity_within_entities_is_said():
    rng = np.random.default_rng(6)
    x = rng.standard_normal((5, 12))
    data = panel(y=rng.standard_normal((5, 12)), x=x, z=x + np.arange(5.0)[:, None])
    with pytest.raises(InfeasibleError, match="within entities, x, z are collinear"):
        bc_lm(data["y"], data[["x", "z"]])


def test_few_periods_are_warned_of():
    data = panel(y=independent(np.random.default_rng(7), 20, 10))["y"]
    assert "rejects too often" in bp_lm(data).warnings[0] and "not at 0" in scaled_lm(data).warnings[0]
    assert not bc_lm(data).warnings


@pytest.mark.parametrize(("n", "t"), SIZES)
def test_size_and_power(n, t):
    rng = np.random.default_rng([20260101, n, t])
    rejected = {}
    for _ in range(300):
        u, x = independent(rng, n, t), rng.standard_normal((n, t))
        data = panel(u=u, x=x, y=x + u, f=u + 0.8 * rng.standard_normal((n, 1)) * rng.standard_normal(t))
        for key, p in (("lm", bp_lm(data["u"]).pvalue), ("scaled", scaled_lm(data["u"]).pvalue),
                       ("bc", bc_lm(data["u"]).pvalue), ("bc x", bc_lm(data["y"], data["x"]).pvalue),
                       ("power", bc_lm(data["f"]).pvalue)):
            rejected[key] = rejected.get(key, 0) + (p < 0.05)
    assert within(rejected["bc"], 300, 0.02, 0.08) and within(rejected["bc x"], 300, 0.02, 0.08)
    assert within(rejected["scaled"], 300, 0.02, 0.13) and within(rejected["lm"], 300, 0.02, 0.18)
    assert rejected["power"] > 270


def test_plm_leaves_out_pairs_that_hardly_meet():
    """Two of three entities share one period: two pairs are left, where the paper's reading is refused."""
    rng = np.random.default_rng(5)
    rows = [(i, t, rng.standard_normal()) for i, span in (("a", range(1, 13)), ("b", range(1, 7)), ("c", range(6, 13)))
            for t in span]
    frame = pd.DataFrame(rows, columns=["i", "t", "y"])
    wide = frame.pivot(index="t", columns="i", values="y")
    pairs = [(wide[["a", "b"]].dropna(), 6), (wide[["a", "c"]].dropna(), 7)]
    rho = np.array([pair.corr().to_numpy()[0, 1] for pair, _ in pairs])
    shared = np.array([n for _, n in pairs])
    call = {"data": frame, "entity": "i", "time": "t", "y": "y", "convention": "plm"}
    assert ct.test("cd", **call)["CD"].value == pytest.approx((np.sqrt(shared) * rho).sum() / np.sqrt(2))
    lm = ct.test("bp-lm", **call)
    assert (lm["LM"].df, lm.details["pairs_left_out"]) == (2, 1)
    assert lm["LM"].value == pytest.approx((shared * rho**2).sum())
    scaled = ((shared * rho**2) - 1).sum() / 2
    assert ct.test("scaled-lm", **call)["LM-scaled"].value == pytest.approx(scaled)
    assert ct.test("bc-lm", **call)["LM-bc"].value == pytest.approx(scaled - 3 / (2 * 11))
    with pytest.raises(InfeasibleError, match="shared periods"):
        ct.test("cd", **{**call, "convention": "paper"})
