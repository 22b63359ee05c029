from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

import clustertrade as ct
from clustertrade.causality.jackknife import jackknife
from clustertrade.causality.regression import design, exclusion
from clustertrade.causality.resampling import resampled_panels, resampled_wald
from clustertrade.errors import InfeasibleError
from tests.causality.test_dumitrescu_hurlin import frame, panels
from tests.simulation.rates import within


def test(data, y="y", x="x", **options):
    return ct.test("juodis-karavias-sarafidis", data, entity="id", time="year", y=y, x=x, **options)


test.__test__ = False


@pytest.fixture(scope="module")
def data():
    y, x = (a[0] for a in panels(1, 8, 25, beta=0.3))
    rng = np.random.default_rng(5)
    return frame(100 + 3 * y, x).assign(z=rng.standard_normal(200))


def halves(one, causes, k):
    """Effect and causes of one entity without constant and own lags."""
    y, x = one["y"].to_numpy(), one[causes].to_numpy()
    t = len(y)
    own = np.column_stack([np.ones(t - k), *(y[k - j:t - j] for j in range(1, k + 1))])
    lags = np.column_stack([x[k - j:t - j, c] for j in range(1, k + 1) for c in range(len(causes))])
    maker = np.eye(t - k) - own @ np.linalg.inv(own.T @ own) @ own.T
    return maker @ y[k:], maker @ lags


def naive(data, causes, k, cov):
    """The estimator, its covariance and the statistic, entity by entity."""
    entities = [g.sort_values("year") for _, g in data.groupby("id")]

    def pooled(parts):
        square = sum(x.T @ x for _, x in parts)
        return np.linalg.solve(square, sum(x.T @ y for y, x in parts)), square

    full = [halves(g, causes, k) for g in entities]
    beta, square = pooled(full)
    first = pooled([halves(g.iloc[:len(g) // 2], causes, k) for g in entities])[0]
    second = pooled([halves(g.iloc[len(g) // 2:], causes, k) for g in entities])[0]
    corrected = 2 * beta - (first + second) / 2
    n = sum(len(y) for y, _ in full)
    df = n - len(full) * (1 + k) - len(beta)
    inverse = np.linalg.inv(square)
    if cov == "unadjusted":
        v = inverse * sum((y - x @ beta) @ (y - x @ beta) for y, x in full) / df
    elif cov == "robust":
        scores = [x.T @ (y - x @ beta) for y, x in full]
        v = inverse @ sum(np.outer(s, s) for s in scores) @ inverse * n / df
    else:
        scores = sum(x * (y - x @ beta)[:, None] for y, x in full)         # balanced: a row a period
        v = inverse @ scores.T @ scores @ inverse * n / df
    return beta, corrected, np.sqrt(np.diag(v)), corrected @ np.linalg.solve(v, corrected)


@pytest.mark.parametrize("cov", ["unadjusted", "robust", "driscoll-kraay"])
@pytest.mark.parametrize(("causes", "k"), [(["x"], 1), (["x"], 3), (["x", "z"], 2)])
def test_entity_by_entity(data, causes, k, cov):
    ours = test(data, x=causes, order=k, cov=cov)
    pooled, corrected, se, wald = naive(data, causes, k, cov)
    rows = ours.details["params"]
    assert [r["name"] for r in rows] == [f"L{j}.{c}" for j in range(1, k + 1) for c in causes]
    assert [r["pooled"] for r in rows] == pytest.approx(list(pooled), rel=1e-7)
    assert [r["value"] for r in rows] == pytest.approx(list(corrected), rel=1e-7)
    assert [r["se"] for r in rows] == pytest.approx(list(se), rel=1e-7)
    assert ours["Wald-HPJ"].value == pytest.approx(wald, rel=1e-7) and ours["Wald-HPJ"].df == k * len(causes)
    assert ours.pvalue == pytest.approx(chi2.sf(wald, k * len(causes)), abs=1e-10)
    for j, row in enumerate(ours.details["sums"]):
        assert row["value"] == pytest.approx(corrected[j::len(causes)].sum(), rel=1e-7)
    if k == 1:
        assert ours.details["sums"][0]["se"] == pytest.approx(se[0], rel=1e-7)


@pytest.mark.parametrize("cov", ["unadjusted", "robust"])
def test_unbalanced_entities_are_cut_in_their_own_middle(data, cov):
    short = data[~((data["id"] == "u01") & (data["year"] < 2006)) & ~((data["id"] == "u03") & (data["year"] > 2018))]
    ours = test(short, order=2, cov=cov)
    assert ours["Wald-HPJ"].value == pytest.approx(naive(short, ["x"], 2, cov)[3], rel=1e-7)
    assert ours.nobs == len(short) - 2 * 8


@pytest.mark.parametrize("criterion", ["aic", "bic", "hqic"])
def test_order_by_criterion(data, criterion):
    ours = test(data, order=criterion, max_lags=3)
    want = {}
    for k in (1, 2, 3):
        ssr = 0.0
        for _, g in data.groupby("id"):
            y, x = g["y"].to_numpy(), g["x"].to_numpy()
            z = np.column_stack([np.ones(22), *(v[3 - j:25 - j] for v in (y, x) for j in range(1, k + 1))])
            ssr += ((y[3:] - z @ np.linalg.lstsq(z, y[3:], rcond=None)[0]) ** 2).sum()
        n = 8 * (22 - 1 - k)
        want[str(k)] = n * np.log(ssr / n) + k * {"aic": 2, "bic": np.log(n), "hqic": 2 * np.log(np.log(n))}[criterion]
    assert ours.details["criterion"] == pytest.approx(want, rel=1e-8)
    assert str(ours.lags) == min(want, key=lambda k: want[k])


@pytest.mark.parametrize("block", [1, 3])
def test_panels_of_the_bootstrap_are_those_of_dumitrescu_hurlin(block):
    """Grown and tested outright they give the statistics that ``resampled_wald`` sums up without growing them."""
    y, x = (a[0] for a in panels(1, 5, 24))
    valid = np.ones(y.shape, dtype=bool)
    valid[1, :3] = False
    lagged = design(y, x[..., None], valid, 2)
    for panel, want in zip(np.concatenate(list(resampled_panels(y, valid, 2, 8, 7, block, cells=300))),
                           resampled_wald(lagged, 2, 8, 7, block), strict=True):
        assert exclusion(design(panel, x[..., None], valid, 2)).wald == pytest.approx(want, rel=1e-6)


def test_bootstrapped_p_values(data):
    plain, drawn = test(data, order=2), test(data, order=2, bootstrap=99, seed=3)
    assert drawn["Wald-HPJ"].value == plain["Wald-HPJ"].value
    assert drawn.details["pvalues_asymptotic"] == {"Wald-HPJ": plain.pvalue}
    assert drawn.details["bootstrap_replications"] == 99
    y, x = (data.pivot(index="id", columns="year", values=v).to_numpy() for v in "yx")
    valid = np.ones(y.shape, dtype=bool)
    others = np.concatenate([[jackknife(p[None], x[..., None], valid, 2).wald[0] for p in b]
                             for b in resampled_panels(y, valid, 2, 99, 3)])
    assert drawn.pvalue == (1 + (others >= plain["Wald-HPJ"].value).sum()) / 100
    assert drawn["Wald-HPJ"].critical["0.1"] == pytest.approx(np.quantile(others, 0.9), rel=1e-6)
    assert test(data, order=2, bootstrap=99, seed=3).to_dict() == drawn.to_dict()


def test_what_may_be_constant(data):
    flat = data.assign(x=data["x"].where(data["id"] != "u02", 1.0))
    assert test(flat)["Wald-HPJ"].value == pytest.approx(test(flat[flat["id"] != "u02"])["Wald-HPJ"].value, rel=0.2)
    with pytest.raises(InfeasibleError, match="collinear in the regression for u02"):
        test(data.assign(y=data["y"].where(data["id"] != "u02", 1.0)))


def test_short_panels_are_refused_with_the_limit_and_warned_about(data):
    with pytest.raises(InfeasibleError, match=r"at least 12 periods an entity with order=2.*With --order 1 all"):
        test(data[data["year"] < 2011], order=2)
    assert any("--bootstrap 999" in w for w in test(data[data["year"] < 2011]).warnings)
    assert not test(data, bootstrap=19).warnings


def rejected(r, n, t, cov="unadjusted", **process):
    y, x = panels(r, n, t, **process)
    valid = np.ones((n, t), dtype=bool)
    wald = np.array([jackknife(y[i][None], x[i][..., None], valid, 1, cov).wald[0] for i in range(r)])
    return int((chi2.sf(wald, 1) < 0.05).sum())


def rejected_by_bootstrap(r, n, t, draws=199, **process):
    y, x = panels(r, n, t, **process)
    valid, count = np.ones((n, t), dtype=bool), 0
    for i in range(r):
        wald = jackknife(y[i][None], x[i][..., None], valid, 1).wald[0]
        others = np.concatenate([jackknife(p, x[i][..., None], valid, 1).wald
                                 for p in resampled_panels(y[i], valid, 1, draws, i)])
        count += (1 + (others >= wald).sum()) / (1 + draws) <= 0.05
    return count


def test_size_and_power():
    assert within(rejected_by_bootstrap(60, 12, 22, draws=99), 60, 0.03, 0.075)
    assert rejected(50, 20, 50, beta=0.2) == 50
    assert within(rejected(200, 20, 50), 200, 0.02, 0.10)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "t", "rho", "load", "asymptotic", "bootstrapped"), [
    (25, 11, 0.5, 0, 0.213, 0.058), (25, 11, 0.9, 0, 0.361, 0.065), (25, 11, 0.5, 1, 0.587, 0.06),
    (25, 22, 0.5, 0, 0.121, 0.038), (25, 22, 0.9, 0, 0.266, 0.06), (25, 22, 0.5, 1, 0.506, 0.053),
    (20, 50, 0.5, 0, 0.086, 0.048), (20, 50, 0.9, 0, 0.198, 0.07), (20, 50, 0.5, 1, 0.435, 0.058)])
def test_the_sizes_that_are_quoted(n, t, rho, load, asymptotic, bootstrapped):
    """Within the simulation error of the numbers in ``checked`` and the warning."""
    assert within(rejected(1000, n, t, rho=rho, load=load), 1000, asymptotic - 0.01, asymptotic + 0.01)
    assert within(rejected_by_bootstrap(400, n, t, rho=rho, load=load), 400, bootstrapped - 0.01, bootstrapped + 0.01)
