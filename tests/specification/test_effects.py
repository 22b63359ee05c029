"""Tests of effects against linearmodels, and what must hold between them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import binomtest, chi2, norm

import clustertrade as ct
from clustertrade.errors import InfeasibleError
from tests.estimators.panels import CALL, X, panel
from tests.goldens.harness import frame

HOLES = panel(2, share=0.8)


@pytest.mark.parametrize("effects", ["entity", "time", "twoway"])
def test_f_against_linearmodels(effects):
    from linearmodels import PanelOLS

    data = HOLES.set_index(["i", "t"])
    want = PanelOLS(data["y"], data[X].assign(const=1.0), entity_effects=effects != "time",
                    time_effects=effects != "entity").fit().f_pooled
    r = ct.test("f-effects", HOLES, **CALL, effects=effects)
    assert_allclose([r["F"].value, r.pvalue, *r["F"].df], [want.stat, want.pval, want.df, want.df_denom], rtol=1e-8)


def test_conditional_f_of_two_way_effects():
    r = ct.test("f-effects", HOLES, **CALL, effects="twoway")
    assert set(r.details) == {"given_time", "given_entity"}
    n, t = HOLES["i"].nunique(), HOLES["t"].nunique()
    assert r.details["given_time"]["df"][0] == n - 1 and r.details["given_entity"]["df"][0] == t - 1
    assert ct.test("f-effects", HOLES, **CALL).details == {}


def test_printed_by_stata():
    """xttest0 of Grunfeld's data: 798.16."""
    call = {"entity": "firm", "time": "year", "y": "inv", "x": ["value", "capital"]}
    assert ct.test("bp-random", frame("grunfeld.csv"), **call)["LM-bp"].value == pytest.approx(798.16, abs=0.005)


def test_relations_between_the_lm_tests():
    by = {e: ct.test("bp-random", HOLES, **CALL, effects=e) for e in ("entity", "time", "twoway")}
    a, b = by["entity"]["LM-honda"].value, by["time"]["LM-honda"].value
    assert_allclose(by["entity"]["LM-bp"].value, a**2)
    assert_allclose(by["twoway"]["LM-bp"].value, a**2 + b**2)
    assert_allclose(by["twoway"]["LM-honda"].value, (a + b) / np.sqrt(2))
    assert_allclose(by["twoway"]["LM-ghm"].value, max(a, 0) ** 2 + max(b, 0) ** 2)
    assert by["entity"]["LM-kw"].value == a and by["twoway"].details == pytest.approx({"entity": a, "time": b})
    assert_allclose(by["entity"]["LM-honda"].pvalue, norm.sf(a))
    ghm = by["twoway"]["LM-ghm"]
    assert_allclose(ghm.pvalue, 0.5 * chi2.sf(ghm.value, 1) + 0.25 * chi2.sf(ghm.value, 2))
    re = ct.estimate("re", HOLES, **CALL).details["breusch_pagan"]
    assert_allclose(by["entity"]["LM-bp"].value, re["LM"])


def test_a_negative_correlation_is_no_variance():
    """Residuals that cancel within entities: two-sided LM rejects, the one-sided do not."""
    rng = np.random.default_rng(3)
    data = panel(3, n=20, t=2).assign(y=lambda d: np.tile([1.0, -1.0], 20) * rng.standard_normal(20).repeat(2))
    r = ct.test("bp-random", data, **CALL)
    assert r["LM-bp"].pvalue < 0.01 and r["LM-honda"].pvalue > 0.99
    assert r["LM-ghm"].value == 0 and r["LM-ghm"].pvalue == 1


def test_nothing_shared():
    alone = HOLES[HOLES["i"] == "u000"].assign(i=lambda d: [f"v{k}" for k in range(len(d))])
    with pytest.raises(InfeasibleError, match="at least 2 periods"):
        ct.test("bp-random", alone, **CALL)
    staircase = HOLES.groupby("i").head(2).assign(t=lambda d: np.arange(len(d)) + 2001)
    with pytest.raises(InfeasibleError, match="every period has one entity"):
        ct.test("bp-random", staircase, **CALL, effects="time")


@pytest.mark.parametrize(("name", "statistic"), [("f-effects", "F"), ("bp-random", "LM-bp"), ("bp-random", "LM-ghm")])
def test_size(name, statistic):
    rng, draws = np.random.default_rng(20260101), 200
    data = panel(4, n=20, t=10)
    rejected = 0
    for _ in range(draws):
        data["y"] = data["a"] + rng.standard_normal(len(data))
        rejected += ct.test(name, data, entity="i", time="t", y="y", x="a")[statistic].pvalue < 0.05
    low, high = binomtest(rejected, draws).proportion_ci(0.999)
    assert low <= 0.10 and high >= 0.02, rejected / draws
