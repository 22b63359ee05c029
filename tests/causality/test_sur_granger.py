from __future__ import annotations

import numpy as np
import pytest
from linearmodels.system import SUR

import clustertrade as ct
from clustertrade.causality.seemingly_unrelated import seemingly_unrelated
from clustertrade.causality.sur_granger import _bootstrapped, fisher_of_ranks
from clustertrade.errors import InfeasibleError, UsageError
from tests.causality.test_dumitrescu_hurlin import frame, panels
from tests.causality.test_emirmahmutoglu_kose import walks
from tests.simulation.rates import within


def test(data, **options):
    return ct.test("sur-granger", data, entity="id", time="year", y="y", x=options.pop("x", "x"), **options)


test.__test__ = False


@pytest.fixture(scope="module")
def data():
    y, x = (a[0] for a in panels(1, 5, 30, beta=0.3, load=1.0))
    return frame(100 + 3 * y, x).assign(z=np.random.default_rng(4).standard_normal(150))


def system(y, x, k, causes=True):
    """linearmodels' SUR of all entities: y (N, T), x (N, T, M)."""
    n, t = y.shape
    equations = {}
    for i in range(n):
        z = [np.ones(t - k), *(y[i, k - j:t - j] for j in range(1, k + 1))]
        z += [x[i, k - j:t - j, c] for j in range(1, k + 1) for c in range(x.shape[2])] if causes else []
        equations[f"e{i:02d}"] = {"dependent": y[i, k:], "exog": np.column_stack(z)}
    return SUR(equations).fit(method="gls", iterate=False, cov_type="unadjusted")


def walds(y, x, k):
    fit, n = system(y, x, k), len(y)
    width, tested = len(fit.params) // n, k * x.shape[2]
    cov, out = np.asarray(fit.cov), []
    for i in range(n):
        at = np.arange((i + 1) * width - tested, (i + 1) * width)
        b = fit.params.to_numpy()[at]
        out.append(b @ np.linalg.solve(cov[np.ix_(at, at)], b))
    return np.array(out)


def arrays(data, causes):
    wide = {v: data.pivot(index="id", columns="year", values=v).to_numpy() for v in ("y", *causes)}
    return wide["y"], np.stack([wide[c] for c in causes], -1)


@pytest.mark.parametrize(("causes", "k"), [(["x"], 1), (["x"], 2), (["x", "z"], 2)])
def test_wald_statistics_of_linearmodels(data, causes, k):
    ours = test(data, x=causes, order=k, bootstrap=19)
    assert [r["wald"] for r in ours.details["entities"]] == pytest.approx(walds(*arrays(data, causes), k), rel=1e-7)


def test_coefficients_and_residuals_of_linearmodels(data):
    y, x = arrays(data, ["x"])
    z = np.concatenate([np.ones((5, 29, 1)), y[:, :-1, None], x[:, :-1]], -1)
    ours, fit = seemingly_unrelated(y[None, :, 1:], z[None], 1), system(y, x, 1)
    assert ours.beta[0].ravel() == pytest.approx(fit.params.to_numpy(), rel=1e-8)
    assert ours.resid[0] == pytest.approx(fit.resids.to_numpy().T, rel=1e-7, abs=1e-9)


def naive(y, x, k, replications, seed):
    """Konya's steps one by one, on the same draws."""
    n, t = y.shape
    null = system(y, x, k, causes=False)
    beta, resid = null.params.to_numpy().reshape(n, -1), null.resids.to_numpy().T
    drawn = np.random.default_rng(seed).integers(0, t - k, (replications, t - k))
    out = []
    for periods in drawn:
        new = y.copy()
        for s in range(k, t):
            for i in range(n):
                new[i, s] = beta[i] @ [1, *new[i, s - k:s][::-1]] + resid[i, periods[s - k]]
        out.append(walds(new, x, k))
    return np.array(out)


@pytest.mark.parametrize("k", [1, 2])
def test_bootstrap_is_konyas(data, k):
    y, x = arrays(data, ["x"])
    ours = _bootstrapped(np.concatenate([y[..., None], x], -1), k, 4, 7)
    assert ours == pytest.approx(naive(y, x, k, 4, 7), rel=1e-6)


def test_p_values_and_their_combination(data):
    ours = test(data, bootstrap=99, seed=3)
    y, x = arrays(data, ["x"])
    others = _bootstrapped(np.concatenate([y[..., None], x], -1), 1, 99, 3)
    for i, row in enumerate(ours.details["entities"]):
        assert row["pvalue"] == (1 + (others[:, i] >= row["wald"]).sum()) / 100
        assert row["critical_5"] == pytest.approx(np.quantile(others[:, i], 0.95), rel=1e-6)
    assert ours["Fisher"].value == pytest.approx(-2 * sum(np.log(r["pvalue"]) for r in ours.details["entities"]))
    ranks = np.array([[(others[:, i] >= w).sum() / 100 for i, w in enumerate(row)] for row in others])
    assert fisher_of_ranks(others) == pytest.approx(-2 * np.log(ranks).sum(1))
    assert ours.pvalue == (1 + (-2 * np.log(ranks).sum(1) >= ours["Fisher"].value * (1 - 1e-12)).sum()) / 100
    assert test(data, bootstrap=99, seed=3).to_dict() == ours.to_dict()
    assert ours.details["bootstrap_replications"] == 99 and test(data).options["bootstrap"] == 999


@pytest.mark.parametrize("criterion", ["aic", "bic", "hqic"])
def test_order_by_the_criterion_of_the_system(data, criterion):
    ours = test(data, order=criterion, max_lags=3, bootstrap=9)
    y, x = arrays(data, ["x"])
    want = {}
    for k in (1, 2, 3):
        resid = system(y[:, 3 - k:], x[:, 3 - k:], k).resids.to_numpy()
        c = {"aic": 2, "bic": np.log(27), "hqic": 2 * np.log(np.log(27))}[criterion]
        want[k] = 27 * np.linalg.slogdet(resid.T @ resid / 27)[1] + c * 5 * (1 + 2 * k)
    assert np.diff(list(ours.details["criterion"].values())) == pytest.approx(np.diff(list(want.values())), abs=1e-6)
    assert ours.lags == min(want, key=lambda k: want[k])


def test_refusals(data):
    wide = frame(*(a[0] for a in panels(1, 12, 13)))
    with pytest.raises(InfeasibleError, match="at least 14 periods an entity with order=1"):
        test(wide)
    with pytest.raises(UsageError, match="at least 1"):
        test(data, bootstrap=0)
    with pytest.raises(InfeasibleError, match="needs every entity over the same periods"):
        test(data[~((data["id"] == "u01") & (data["year"] > 2020))])
    assert any("periods after the lags for 12 entities" in w
               for w in test(frame(*(a[0] for a in panels(1, 12, 15))), bootstrap=19).warnings)


def rejected(r, n, t, process, draws=199, **options):
    y, x = process(r, n, t, **options)
    one, all_ = 0, 0
    for i in range(r):
        values = np.stack([y[i], x[i]], -1)
        z = np.concatenate([np.ones((n, t - 1, 1)), values[:, :-1]], -1)
        wald = seemingly_unrelated(y[i][None, :, 1:], z[None], 1).wald[0]
        others = _bootstrapped(values, 1, draws, i)
        p = (1 + (others >= wald).sum(0)) / (1 + draws)
        one += (p <= 0.05).mean()
        all_ += (1 + (fisher_of_ranks(others) >= -2 * np.log(p).sum()).sum()) / (1 + draws) <= 0.05
    return round(one), int(all_)


def test_size_and_power():
    assert all(within(c, 60, 0.03, 0.075) for c in rejected(60, 5, 30, panels, draws=99, load=1.0))
    assert rejected(20, 5, 40, panels, draws=99, load=1.0, beta=0.4)[1] > 15


@pytest.mark.slow
@pytest.mark.parametrize(("n", "t", "process", "load", "each", "together"), [
    (10, 22, panels, 1, 0.043, 0.04), (20, 50, panels, 1, 0.047, 0.033), (10, 22, walks, 1, 0.067, 0.067),
    (20, 50, walks, 1, 0.067, 0.11)])
def test_the_sizes_that_are_quoted(n, t, process, load, each, together):
    found = rejected(300, n, t, process, load=load)
    assert within(found[0], 300, each - 0.01, each + 0.01) and within(found[1], 300, together - 0.01, together + 0.01)


