from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, f

import clustertrade as ct
from clustertrade.causality.bias import without_bias
from clustertrade.causality.emirmahmutoglu_kose import _bootstrapped, _fisher, _walds
from clustertrade.causality.measured import RATES
from clustertrade.causality.regression import Design
from clustertrade.errors import InfeasibleError, UsageError
from tests.causality.test_dumitrescu_hurlin import frame
from tests.simulation.rates import within


def walks(replications, n, t, beta=0.0, load=0.0, seed=20260101):
    """Random walks y and x (R, N, T); y follows past changes of x by beta, both may load on common shocks."""
    rng = np.random.default_rng([seed, n, t])
    e = rng.standard_normal((2, replications, n, t)) + load * rng.standard_normal((2, replications, 1, t))
    e[0, ..., 1:] += beta * e[1, ..., :-1]
    return e.cumsum(-1)


def test(data, **options):
    return ct.test("emirmahmutoglu-kose", data, entity="id", time="year", y="y", x=options.pop("x", "x"), **options)


test.__test__ = False


@pytest.fixture(scope="module")
def data():
    y, x = (a[0] for a in walks(1, 6, 30, beta=0.2))
    rng = np.random.default_rng(4)
    return frame(50 + 4 * y, x).assign(z=rng.standard_normal(180).cumsum())


@pytest.mark.parametrize("causes", [["x"], ["x", "z"]])
def test_fisher_of_the_tests_of_entities(data, causes):
    ours = test(data, x=causes, order=2)
    each = [ct.test("toda-yamamoto", g, time="year", y="y", x=causes, order=2) for _, g in data.groupby("id")]
    assert [r["W"] for r in ours.details["entities"]] == pytest.approx([e["chi2"].value for e in each], rel=1e-8)
    p = np.array([e["chi2"].pvalue for e in each])
    assert [r["pvalue"] for r in ours.details["entities"]] == pytest.approx(list(p), rel=1e-7)
    assert ours["Fisher"].value == pytest.approx(-2 * np.log(p).sum()) and ours["Fisher"].df == 12
    assert ours.pvalue == pytest.approx(chi2.sf(-2 * np.log(p).sum(), 12))
    p = np.array([e["F"].pvalue for e in each])
    assert ours.details["fisher_F"]["value"] == pytest.approx(-2 * np.log(p).sum())


@pytest.mark.parametrize("criterion", ["aic", "bic"])
def test_each_entity_chooses_its_order(data, criterion):
    longer = data.assign(y=data["y"] + 3 * data.groupby("id")["x"].shift(3).fillna(0) * (data["id"] < "u03"))
    ours = test(longer, order=criterion, max_lags=3)
    each = [ct.test("toda-yamamoto", g, time="year", y="y", x="x", order=criterion, max_lags=3)
            for _, g in longer.groupby("id")]
    assert [r["order"] for r in ours.details["entities"]] == [e.lags for e in each] and len({e.lags for e in each}) > 1
    assert [r["W"] for r in ours.details["entities"]] == pytest.approx([e["chi2"].value for e in each], rel=1e-8)
    assert list(ours.lags) == [e.lags for e in each]


def naive(y, x, orders, d, replications, seed):
    """The steps of the paper one by one on the same draws: y, x lists of series of each entity on one calendar."""
    n, t = y.shape
    beta, resid, first = [], np.full((n, t), np.nan), []
    for i in range(n):
        own = np.flatnonzero(np.isfinite(y[i]))
        lags = orders[i] + d
        rows = np.array([s for s in own if s - lags >= own[0]])
        z = np.array([[1, *y[i, s - lags:s][::-1], *x[i, s - lags:s - orders[i]][::-1]] for s in rows])
        b = np.linalg.lstsq(z, y[i, rows], rcond=None)[0]
        beta.append(b)
        resid[i, rows] = y[i, rows] - z @ b
        first.append(rows)
    shared = np.flatnonzero(np.isfinite(resid).all(0))
    pool = resid[:, shared] - resid[:, shared].mean(1, keepdims=True)
    drawn = np.random.default_rng(seed).integers(0, len(shared), (replications, t))
    out = np.empty((replications, n))
    for r in range(replications):
        for i in range(n):
            new, lags = y[i].copy(), orders[i] + d
            for s in first[i]:
                z = [1, *new[s - lags:s][::-1], *x[i, s - lags:s - orders[i]][::-1]]
                new[s] = np.dot(z, beta[i]) + pool[i, drawn[r, s]]
            g = pd.DataFrame({"y": new, "x": x[i]}).dropna()
            out[r, i] = ct.test("toda-yamamoto", g, y="y", x="x", order=int(orders[i]), integration=d)["chi2"].value
    return out


@pytest.mark.parametrize(("orders", "d", "balanced"), [
    ((1, 1, 1), 1, True), ((2, 1, 2), 1, True), ((1, 2, 1), 1, False), ((1, 1, 1), 0, True)])
def test_bootstrap_is_the_procedure_of_the_paper(orders, d, balanced):
    y, x = (a[0] for a in walks(1, 3, 24))
    y = 100 + y * np.array([[1.0], [30.0], [0.1]])
    valid = np.ones(y.shape, dtype=bool)
    if not balanced:
        valid[1, :4], valid[2, 21:] = False, False
    levels = np.where(valid[..., None], np.stack([y, x], -1), 0.0)
    ours = _bootstrapped(levels, valid, np.array(orders), d, 6, 9)
    theirs = naive(np.where(valid, y, np.nan), np.where(valid, x, np.nan), orders, d, 6, 9)
    assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-8)


def test_bootstrapped_p_values(data):
    plain, drawn = test(data), test(data, bootstrap=99, seed=3)
    y, x = (data.pivot(index="id", columns="year", values=v).to_numpy() for v in "yx")
    others = _bootstrapped(np.stack([y, x], -1), np.ones(y.shape, dtype=bool), np.full(6, 1), 1, 99, 3)
    assert drawn.pvalue == (1 + (_fisher(chi2.sf(others, 1)) >= plain["Fisher"].value).sum()) / 100
    assert drawn.details["pvalues_asymptotic"] == {"Fisher": plain.pvalue}
    assert drawn["Fisher"].value == plain["Fisher"].value
    for i, row in enumerate(drawn.details["entities"]):
        assert row["pvalue_bootstrap"] == (1 + (others[:, i] >= row["W"] * (1 - 1e-12)).sum()) / 100
    assert test(data, bootstrap=99, seed=3).to_dict() == drawn.to_dict()
    assert any("--bootstrap 999" in w for w in plain.warnings) and not drawn.warnings


def test_refusals(data):
    with pytest.raises(InfeasibleError, match="at least 14 periods an entity with order=3"):
        test(data[data["year"] < 2010], order=3)
    apart = data[~((data["id"] == "u00") & (data["year"] > 2014)) & ~((data["id"] == "u01") & (data["year"] < 2013))]
    assert test(apart)["Fisher"].value > 0
    with pytest.raises(InfeasibleError, match="shared by all entities; 5 are needed"):
        test(apart, bootstrap=9)


def test_bias_is_taken_off_own_lags():
    """The mean of estimates from the corrected coefficients is the estimate, and walks stay walks."""
    y = walks(1, 200, 25, seed=4)[0][0]
    z = np.stack([np.ones((200, 24)), y[:, :-1]], -1)
    null = Design(np.pad(y[:, 1:], ((0, 0), (1, 0))), np.pad(z, ((0, 0), (1, 0), (0, 0))), np.zeros((200, 25, 0)),
                  np.pad(np.ones((200, 24), dtype=bool), ((0, 0), (1, 0))))
    beta = np.stack([np.linalg.lstsq(a, b, rcond=None)[0] for a, b in zip(z, y[:, 1:], strict=True)])
    resid = y[:, 1:] - np.einsum("ntk,nk->nt", z, beta)
    found = without_bias(null, y, beta, resid - resid.mean(1, keepdims=True), 1)
    assert beta[:, 1].mean() < 0.8 < 0.85 < found[:, 1].mean()
    assert (found[:, 1] <= np.maximum(beta[:, 1], 1) + 1e-9).all()
    assert (found[:, 1] >= beta[:, 1] - 1e-12).mean() > 0.95
    again = without_bias(null, y, beta, resid - resid.mean(1, keepdims=True), 1)
    assert np.array_equal(found, again)


def test_the_corrected_bootstrap_is_told_apart(data):
    one, two = (test(data, bootstrap=99, variant=v) for v in ("paper", "bias-corrected"))
    assert one["Fisher"].value == two["Fisher"].value and one.options["variant"] == "paper"
    assert one["Fisher"].critical != two["Fisher"].critical
    with pytest.raises(UsageError, match="one of paper, bias-corrected"):
        test(data, variant="gmm")


class Labelled:
    name, entities = "y", ()


def rejected(r, n, t, law="chi2", **process):
    y, x = walks(r, n, t, **process)
    levels = np.stack([y, x], -1).reshape(-1, t, 2)
    w, df, _ = _walds(levels, np.ones(levels.shape[:2], dtype=bool), np.ones(r * n, dtype=int), 1, Labelled)
    p = chi2.sf(w, 1) if law == "chi2" else f.sf(w, 1, df)
    return int((chi2.sf(_fisher(p.reshape(r, n)), 2 * n) < 0.05).sum())


def rejected_by_bootstrap(r, n, t, draws=199, corrected=False, **process):
    y, x = walks(r, n, t, **process)
    valid, one, count = np.ones((n, t), dtype=bool), np.ones(n, dtype=int), 0
    for i in range(r):
        levels = np.stack([y[i], x[i]], -1)
        own = _fisher(chi2.sf(_walds(levels, valid, one, 1, Labelled)[0], 1))
        others = _fisher(chi2.sf(_bootstrapped(levels, valid, one, 1, draws, i, corrected), 1))
        count += (1 + (others >= own).sum()) / (1 + draws) <= 0.05
    return count


def test_size_and_power():
    assert within(rejected(300, 20, 50, "F"), 300, 0.02, 0.10)
    assert within(rejected_by_bootstrap(60, 10, 22, draws=99), 60, 0.03, 0.075)
    assert rejected_by_bootstrap(20, 20, 50, draws=99, beta=0.4) > 15


@pytest.mark.slow
@pytest.mark.parametrize(("n", "t", "load", "by_chi2", "by_f", "bootstrapped"), [
    (25, 22, 0, 0.261, 0.12, 0.1), (25, 22, 1, 0.272, 0.152, 0.083), (20, 50, 0, 0.116, 0.09, 0.057),
    (20, 50, 1, 0.148, 0.127, 0.08)])
def test_the_sizes_that_are_quoted(n, t, load, by_chi2, by_f, bootstrapped):
    assert within(rejected(1000, n, t, load=load), 1000, by_chi2 - 0.01, by_chi2 + 0.01)
    assert within(rejected(1000, n, t, "F", load=load), 1000, by_f - 0.01, by_f + 0.01)
    assert within(rejected_by_bootstrap(300, n, t, load=load), 300, bootstrapped - 0.01, bootstrapped + 0.01)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "t", "load", "rate"), [(25, 22, 0, 0.073), (25, 22, 1, 0.067), (20, 50, 0, 0.053)])
def test_the_sizes_of_the_corrected_bootstrap(n, t, load, rate):
    assert within(rejected_by_bootstrap(300, n, t, corrected=True, load=load), 300, rate - 0.01, rate + 0.01)


@pytest.mark.slow
@pytest.mark.parametrize("size", RATES["emirmahmutoglu-kose"])
def test_the_rates_that_the_warning_quotes(size):
    for load, rate in zip((0, 1), RATES["emirmahmutoglu-kose"][size], strict=True):
        assert rejected(1000, *size, load=load) == pytest.approx(1000 * rate)
