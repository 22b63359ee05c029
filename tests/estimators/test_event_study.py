"""Event studies against pyfixest, against means by hand, and in simulation with effects that differ."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import binomtest, f, t

import clustertrade as ct
from clustertrade.errors import DataError, InfeasibleError, UsageError
from tests.estimators.staggered_data import CALL, staggered

METHODS = ("callaway-santanna", "imputation", "sun-abraham", "twfe")
FRAME = staggered(np.random.default_rng(1))
HOLES = staggered(np.random.default_rng(2), share=0.9)


def events(result):
    """event -> value, and its standard error."""
    rows = result.to_frame().set_index("name").drop("att")
    rows.index = [float(n.removeprefix("event[").removesuffix("]")) for n in rows.index]
    return rows


@pytest.mark.parametrize("frame", [FRAME, HOLES], ids=["balanced", "holes"])
def test_two_way_dummies_against_pyfixest(frame):
    import pyfixest as pf

    data = frame.assign(ev=np.where(frame["first"] > 0, frame["t"] - frame["first"], -1.0))
    theirs = pf.feols("y ~ i(ev, ref=-1.0) + w | unit + t", data, vcov={"CRV1": "unit"})
    ours = events(ct.estimate("event-study", frame, **CALL, x="w", cohort="first", method="twfe"))
    names = [f"ev::{e}" for e in ours.index]
    assert_allclose(ours["value"], theirs.coef()[names], rtol=1e-6, atol=1e-9)
    n, g, k = len(frame), frame["unit"].nunique(), len(names) + 2
    used = k - 1 + frame["t"].nunique()                    # pyfixest counts the effects of periods too
    assert_allclose(ours["se"], theirs.se()[names] * np.sqrt((n - used) / (n - k)), rtol=1e-5)
    assert g == 40


def test_sun_abraham_against_pyfixest():
    import pyfixest as pf

    theirs = pf.event_study(FRAME, yname="y", idname="unit", tname="t", gname="first",
                            estimator="saturated").aggregate()
    ours = events(ct.estimate("event-study", FRAME, **CALL, cohort="first", method="sun-abraham"))
    assert_allclose(ours["value"], theirs["Estimate"].astype(float)[list(ours.index)], rtol=1e-6, atol=1e-9)
    ratio = ours["se"] / theirs["Std. Error"].astype(float)[list(ours.index)].to_numpy()
    assert_allclose(ratio, ratio.iloc[0], rtol=1e-5)       # but for the count of parameters in the factor
    assert 0.97 < ratio.iloc[0] < 1


@pytest.mark.parametrize("frame", [FRAME, HOLES], ids=["balanced", "holes"])
def test_imputation_against_two_steps_of_pyfixest(frame):
    import pyfixest as pf

    theirs = pf.event_study(frame, yname="y", idname="unit", tname="t", gname="first", estimator="did2s", att=True)
    ours = ct.estimate("event-study", frame, **CALL, cohort="first", method="imputation")
    assert_allclose(ours["att"].value, theirs.coef().iloc[0], rtol=1e-6)
    assert_allclose(ours["att"].se, theirs.se().iloc[0], rtol=0.15)       # two estimators of one variance


def test_callaway_santanna_by_hand():
    """ATT(g, t): the change of the cohort since the period before less that of those not yet treated."""
    wide = HOLES.pivot(index="unit", columns="t", values="y")
    first = HOLES.groupby("unit")["first"].first().replace(0, 9999)
    r = ct.estimate("event-study", HOLES, **CALL, cohort="first")
    total, rows = 0.0, 0
    for row in r.details["group_time"]:
        g, period = int(row["cohort"]), int(row["period"])
        change = (wide[period] - wide[g - 1]).dropna()
        own, other = change[first[change.index] == g], change[first[change.index] > max(g, period)]
        assert_allclose(row["value"], own.mean() - other.mean(), rtol=1e-10, atol=1e-12)
        variance = own.var(ddof=0) / len(own) + other.var(ddof=0) / len(other)
        assert_allclose(row["se"], np.sqrt(variance), rtol=1e-9)
        assert row["rows"] == len(own)
        if period >= g:
            total, rows = total + len(own) * row["value"], rows + len(own)
    assert_allclose(r["att"].value, total / rows, rtol=1e-10)


def test_one_cohort_of_two_periods_is_the_same_for_all():
    frame = FRAME[FRAME["t"].isin([2003, 2004]) & FRAME["first"].isin([0, 2004])]
    values = [ct.estimate("event-study", frame, **CALL, cohort="first", method=m)["att"].value for m in METHODS]
    plain = ct.estimate("did", frame, **CALL, treat="on", bootstrap=0)["on"].value
    assert_allclose(values, plain, rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_indicator_and_cohort_are_one(method):
    a = ct.estimate("event-study", FRAME.query("t < 2010"), **CALL, cohort="first", method=method)
    b = ct.estimate("event-study", FRAME.query("t < 2010"), **CALL, treat="on", method=method)
    assert_allclose(a["att"].value, b["att"].value)


def test_pretrend_is_hotellings():
    r = ct.estimate("event-study", FRAME, **CALL, cohort="first", leads=4)
    which = [p.name for p in r.coefficients if p.name in ("event[-4]", "event[-3]", "event[-2]")]
    assert len(which) == 3 and r.details["pretrend"]["leads"] == [-4, -3, -2]
    v, b = r.cov.loc[which, which], r.params[which]
    want = b @ np.linalg.solve(v, b) * 37 / (3 * 39)
    assert_allclose([r.details["pretrend"]["F"], r.details["pretrend"]["pvalue"]], [want, f.sf(want, 3, 37)], rtol=1e-8)


def test_bands_are_wider_than_intervals():
    r = ct.estimate("event-study", FRAME, **CALL, cohort="first", horizon=3)
    assert t.ppf(0.975, 39) < r.details["bands"]["critical"] < 4
    assert [row["name"] for row in r.details["bands"]["rows"]] == [p.name for p in r.coefficients][1:]
    assert r.coefficients[-1].name == "event[3]"


@pytest.mark.parametrize("method", METHODS)
def test_placebo_assignments(method):
    """Batched or one by one, an assignment gives what the estimator gives; none of them finds so large an effect."""
    r = ct.estimate("event-study", FRAME, **CALL, cohort="first", method=method, placebo=49)
    p = r.details["placebo"]
    assert p["draws"] == 49 and p["pvalue"] == pytest.approx(1 / 50) and abs(p["median"]) < 0.7
    turned = FRAME.assign(unit=99 - FRAME["unit"])
    again = ct.estimate("event-study", turned, **CALL, cohort="first", method=method, placebo=49).details["placebo"]
    assert_allclose(again["values"], p["values"], rtol=1e-8)


def test_batched_placebo_is_the_estimator():
    from clustertrade.panel import Panel
    from clustertrade.regression.event_effects import assigned_at_random, callaway_santanna
    from clustertrade.regression.staggered import design, starts

    panel = Panel.from_frame(HOLES, entity="unit", time="t")
    d = design("event-study", panel["y"], None, starts("event-study", panel["y"], None, panel["first"]))
    draws = assigned_at_random(d, "callaway-santanna", 5, 7)
    order = np.lexsort((HOLES.groupby("unit")["y"].mean().to_numpy(), d.first))
    shuffled = np.random.default_rng(7).permuted(np.tile(d.first[order], (5, 1)), axis=1)
    for value, one in zip(draws, shuffled, strict=True):
        first = np.empty(40)
        first[order] = one
        assert_allclose(callaway_santanna(d.reassigned(first)).att, value, rtol=1e-9)


def test_periods_without_controls_are_left_out():
    frame = staggered(np.random.default_rng(3), never=False)
    r = ct.estimate("event-study", frame, **CALL, cohort="first")
    assert any("fewer than 2 entities are not yet treated in 2010" in w for w in r.warnings)
    assert r.n_periods == 9 and r.details["cohorts"][-1]["cohort"] is None


def test_who_is_always_treated_is_left_out():
    frame = FRAME.assign(first=FRAME["first"].where(FRAME["unit"] != 1, 2001))
    r = ct.estimate("event-study", frame, **CALL, cohort="first")
    assert "1 entities are treated in all their periods and left out: 1" in r.warnings and r.n_entities == 39


@pytest.mark.parametrize(("change", "error", "match"), [
    ({}, UsageError, "needs --treat"),
    ({"treat": "half"}, DataError, "0 or 1"),
    ({"treat": "ends"}, DataError, "it must stay"),
    ({"cohort": "moves"}, DataError, "changes within"),
    ({"treat": "on", "cohort": "late"}, DataError, "disagree"),
    ({"cohort": "late", "x": "w"}, InfeasibleError, "takes no --x"),
    ({"cohort": "nobody"}, InfeasibleError, "no entity is treated")])
def test_bad_requests(change, error, match):
    frame = FRAME.assign(half=FRAME["on"] / 2, ends=FRAME["on"].where(FRAME["t"] < 2010, 0.0),
                         moves=FRAME["t"], late=FRAME["first"].where(FRAME["first"] == 0, FRAME["first"] + 1), nobody=0)
    with pytest.raises(error, match=match):
        ct.estimate("event-study", frame, **CALL, **change)


@pytest.mark.parametrize("method", METHODS[:3])
@pytest.mark.parametrize("draws", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_recovers_effects_that_differ(method, draws):
    """Unbiased, and intervals hold; two-way dummies and the single coefficient do not."""
    rng = np.random.default_rng(20260101)
    errors, missed, pre, plain = [], 0, 0, []
    for _ in range(draws):
        frame = staggered(rng)
        truth = frame.loc[frame["on"] == 1, "effect"].mean()
        r = ct.estimate("event-study", frame, **CALL, cohort="first", method=method, bootstrap=0)
        errors.append(r["att"].value - truth)
        missed += not r["att"].ci[0] <= truth <= r["att"].ci[1]
        pre += r.details["pretrend"]["pvalue"] < 0.05
        plain.append(ct.estimate("did", frame, **CALL, treat="on", bootstrap=0)["on"].value - truth)
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(draws)
    assert np.mean(plain) < -0.3
    for count in (missed, pre):
        low, high = binomtest(count, draws).proportion_ci(0.999)
        assert low <= 0.10 and high >= 0.02


def test_a_pretrend_is_found():
    frame = staggered(np.random.default_rng(4), trend=0.6)
    for method in METHODS:
        r = ct.estimate("event-study", frame, **CALL, cohort="first", method=method)
        assert r.details["pretrend"]["pvalue"] < 0.01
