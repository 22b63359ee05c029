"""Tests of the errors and of the functional form against statsmodels and simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import binomtest, chi2, f

import clustertrade as ct
from clustertrade.errors import InfeasibleError, UsageError
from tests.estimators.panels import CALL, X, panel

HOLES = panel(2, n=25, share=0.85)


def simulated(rng, n, t, rho=0.0, spread=0.0, square=0.0):
    """y on x with effects; errors AR(rho), of standard deviation exp(spread z_i)."""
    x = rng.standard_normal((n, t)) + rng.standard_normal((n, 1))
    u = rng.standard_normal((n, t + 20))
    for s in range(1, t + 20):
        u[:, s] += rho * u[:, s - 1]
    y = x + square * x**2 + rng.standard_normal((n, 1)) + u[:, 20:] * np.exp(spread * rng.standard_normal((n, 1)))
    return pd.DataFrame({"i": np.repeat(range(n), t), "t": np.tile(range(t), n), "y": y.ravel(), "x": x.ravel()})


SMALL = {"entity": "i", "time": "t", "y": "y", "x": "x"}


def test_wooldridge_against_statsmodels():
    import statsmodels.api as sm

    indexed = HOLES.set_index(["i", "t"])
    full = indexed.reindex(pd.MultiIndex.from_product([sorted(HOLES["i"].unique()), range(2001, 2010)]))
    d = full.groupby(level=0).diff().dropna()
    e = sm.OLS(d["y"], d[X]).fit().resid.reindex(full.index)
    pairs = pd.DataFrame({"e": e, "lag": e.groupby(level=0).shift()}).dropna()
    groups = pairs.index.get_level_values(0)
    want = sm.OLS(pairs["e"], pairs[["lag"]]).fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(groups)[0]})
    r = ct.test("wooldridge-ar", HOLES, **CALL)
    assert_allclose([r.details["rho"], r.details["se"]], [want.params["lag"], want.bse["lag"]], rtol=1e-10)
    statistic = ((want.params["lag"] + 0.5) / want.bse["lag"]) ** 2
    assert_allclose([r["F"].value, r.pvalue], [statistic, f.sf(statistic, 1, groups.nunique() - 1)], rtol=1e-9)
    assert r["F"].df == (1, groups.nunique() - 1)


def test_wooldridge_needs_consecutive_periods():
    odd = HOLES[HOLES["t"] % 2 == 1]
    with pytest.raises(InfeasibleError, match="no two consecutive periods"):
        ct.test("wooldridge-ar", odd, **CALL)
    with pytest.raises(UsageError, match="levels, differences, within"):
        ct.test("wooldridge-ar", HOLES, **CALL, variant="other")


def test_modified_wald_entity_by_entity():
    import statsmodels.formula.api as smf

    data = HOLES.assign(e=smf.ols("y ~ a + b + c + C(i)", HOLES).fit().resid)
    overall, total = (data["e"] ** 2).mean(), 0.0
    for _, own in data.groupby("i"):
        s, t = (own["e"] ** 2).mean(), len(own)
        total += (s - overall) ** 2 / (((own["e"] ** 2 - s) ** 2).sum() / (t * (t - 1)))
    r = ct.test("modified-wald", HOLES, **CALL)
    assert_allclose([r["chi2"].value, r.pvalue], [total, chi2.sf(total, 25)], rtol=1e-9)
    assert "rejects too often" in r.warnings[-1]
    by_permutation = ct.test("modified-wald", HOLES, **CALL, bootstrap=99)
    assert by_permutation["chi2"].value == r["chi2"].value and by_permutation.details["pvalue_chi2"] == r.pvalue
    turned = HOLES.assign(i=HOLES["i"].map(lambda u: f"v{99 - int(u[1:])}"))
    assert ct.test("modified-wald", turned, **CALL, bootstrap=99).pvalue == by_permutation.pvalue
    with pytest.raises(InfeasibleError, match="at least 3 periods"):
        ct.test("modified-wald", HOLES.groupby("i").head(2), **CALL)


@pytest.mark.parametrize("power", [2, 3, 4])
@pytest.mark.parametrize("cov", ["unadjusted", "robust"])
def test_reset_against_statsmodels(power, cov):
    import statsmodels.api as sm
    from statsmodels.stats.diagnostic import linear_reset

    fit = sm.OLS(HOLES["y"], sm.add_constant(HOLES[X])).fit()
    kind = {"unadjusted": "nonrobust", "robust": "HC1"}[cov]
    want = linear_reset(fit, power=power, test_type="fitted", use_f=True, cov_type=kind)
    r = ct.test("reset", HOLES, **CALL, power=power, cov=cov)
    assert_allclose([r["F"].value, r.pvalue], [float(np.squeeze(want.fvalue)), float(want.pvalue)], rtol=1e-6)
    assert r["F"].df == (power - 1, len(HOLES) - 4 - power + 1)


def test_reset_with_effects_is_the_regression_with_dummies():
    import statsmodels.formula.api as smf

    first = smf.ols("y ~ a + b + c + C(i)", HOLES).fit()
    data = HOLES.assign(v=HOLES[X] @ first.params[X])
    full = smf.ols("y ~ a + b + c + I(v**2) + I(v**3) + C(i)", data).fit()
    want = full.compare_f_test(first)
    assert_allclose(ct.test("reset", HOLES, **CALL, effects="entity")["F"].value, want[0], rtol=1e-8)


def test_reset_of_a_dummy_has_nothing_to_add():
    data = HOLES.assign(d=(HOLES["a"] > 0).astype(float))
    with pytest.raises(InfeasibleError, match="powers of the fitted values"):
        ct.test("reset", data, entity="i", time="t", y="y", x="d")


CASES = [("wooldridge-ar", "F", {}, {"rho": 0.3}), ("wooldridge-ar", "F", {"variant": "within"}, {"rho": 0.3}),
         ("modified-wald", "chi2", {"bootstrap": 39}, {"spread": 0.4}),
         ("reset", "F", {"effects": "entity"}, {"square": 0.15})]


@pytest.mark.parametrize(("name", "statistic", "options", "false"), CASES)
def test_size_and_power(name, statistic, options, false):
    rng = np.random.default_rng(20260101)
    draws = 150

    def rejected(count, **how):
        return sum(ct.test(name, simulated(rng, 25, 22, **how), **SMALL, **options)[statistic].pvalue < 0.05
                   for _ in range(count))

    low, high = binomtest(rejected(draws), draws).proportion_ci(0.999)
    assert low <= 0.10 and high >= 0.02
    assert rejected(40, **false) > 20
