"""Westerlund's error-correction tests: a plain coding of the paper, invariances, choice of orders, bootstrap, size."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from clustertrade.batch.errorcorrection import choose_orders
from clustertrade.cointegration import westerlund
from clustertrade.cointegration.westerlund_bootstrap import panels_without_correction
from clustertrade.distributions import westerlund as law
from clustertrade.errors import InfeasibleError, UsageError
from tests.cointegration.panels import cointegrated, panel, rejections, run, walks


def by_hand(values, trend, p, q, width):
    """Westerlund (2007) section 3, one entity after the other."""
    import statsmodels.api as sm

    def long(u):
        return u @ u / len(u) + 2 * sum((1 - j / (width + 1)) * (u[j:] @ u[:-j]) / len(u) for j in range(1, width + 1))

    t = values.shape[1]
    g_t, g_a, top, bottom, variance = [], [], 0.0, 0.0, []
    for z in values:
        d = np.diff(z, axis=0)                                                    # d[s] belongs to period s + 1
        at = np.arange(p, t - 1 - q)
        terms = {"n": [], "c": [np.ones(len(at))], "ct": [np.ones(len(at)), at * 1.0]}[trend]
        short = [d[at - j, 1 + k] for j in range(-q, p + 1) for k in range(z.shape[1] - 1)]
        rest = np.column_stack([z[at, 1:], *terms, *[d[at - j, 0] for j in range(1, p + 1)], *short])
        fit = sm.OLS(d[at, 0], np.column_stack([z[at, 0], rest])).fit()
        n, alpha = len(at), fit.params[0]
        u = fit.resid + np.column_stack(short) @ fit.params[-len(short):]
        ratio = np.sqrt(long(u) / long(d[at, 0]))
        g_t.append(alpha / (fit.bse[0] * np.sqrt(fit.df_resid / n)))
        g_a.append(n * alpha / ratio)
        left = [sm.OLS(v, rest).fit().resid for v in (z[at, 0], d[at, 0])]
        top += left[0] @ left[1] / ratio
        bottom += left[0] @ left[0]
        variance.append(fit.ssr / n / ratio**2)
    pooled = top / bottom
    return [np.mean(g_t), np.mean(g_a), pooled / np.sqrt(np.mean(variance) / bottom), n * pooled]


def numbers(result):
    return [s.value for s in result]


@pytest.mark.parametrize(("trend", "p", "q", "m"), [("n", 0, 0, 1), ("c", 1, 0, 2), ("ct", 2, 1, 1), ("c", 0, 2, 1)])
def test_statistics_as_written_from_the_paper(trend, p, q, m):
    values = walks(np.random.default_rng(1), 5, 40, m)
    ours = run(westerlund, values, trend=trend, lags=p, leads=q, bandwidth=3, dfcor=False)
    assert numbers(ours) == pytest.approx(by_hand(values, trend, p, q, 3), rel=1e-8)


def test_degrees_of_freedom():
    values = walks(np.random.default_rng(2), 6, 40)
    plain = run(westerlund, values, lags=1, dfcor=False)
    less = run(westerlund, values, lags=1)
    n, df = 38, 38 - 6
    for name, power in (("Gt", 0.5), ("Ga", 1), ("Pt", 0.5), ("Pa", 1)):
        assert less[name].value == pytest.approx(plain[name].value * (df / n) ** power, rel=1e-10)


@pytest.mark.parametrize("convention", ["paper", "stata"])
@pytest.mark.parametrize("trend", ["c", "ct"])
def test_invariances(convention, trend):
    values = walks(np.random.default_rng(3), 6, 40, 2)
    options = {"trend": trend, "lags": 1, "leads": 1, "convention": convention}
    first = numbers(run(westerlund, values, **options))
    assert numbers(run(westerlund, values * [1000.0, 0.01, 30.0] + 5, **options)) == pytest.approx(first, rel=1e-8)
    assert numbers(run(westerlund, values[::-1], **options)) == pytest.approx(first, rel=1e-10)
    turned = values.copy()
    turned[:, :, 1] += turned[:, :, 2]
    assert numbers(run(westerlund, turned, **options)) == pytest.approx(first, rel=1e-8)


def test_entities_of_unequal_length_are_those_of_runs_of_their_own():
    values = walks(np.random.default_rng(4), 4, 40)
    holed = values.copy()
    holed[0, :7], holed[2, -5:] = np.nan, np.nan
    result = run(westerlund, holed, lags=1, bandwidth=2)
    for i, part in enumerate((values[0, 7:], values[1], values[2, :-5], values[3])):
        pair = run(westerlund, np.stack([part, part]), lags=1, bandwidth=2)
        row, own = result.details["entities"][i], pair.details["entities"][0]
        assert {k: row[k] for k in ("alpha", "t", "nobs", "alpha_1")} == pytest.approx(
            {k: own[k] for k in ("alpha", "t", "nobs", "alpha_1")}, rel=1e-9)
    assert result["Gt"].value == pytest.approx(np.mean([row["t"] for row in result.details["entities"]]))


def test_a_criterion_compares_on_a_common_sample():
    import statsmodels.api as sm

    values = walks(np.random.default_rng(5), 12, 40, serial=0.5)
    y, x = values[:, :, 0], values[:, :, 1:]
    lags, leads = choose_orders(y, x, np.ones_like(y, dtype=bool), "c", "aic", "aic", 2, 1)
    for i, z in enumerate(values):
        d, at, table = np.diff(z, axis=0), np.arange(2, 38), {}
        for p in range(3):
            for q in range(2):
                columns = [z[at], np.ones(len(at)), *[d[at - j, 0] for j in range(1, p + 1)],
                           *[d[at - j, 1] for j in range(-q, p + 1)]]
                table[p, q] = sm.OLS(d[at, 0], np.column_stack(columns)).fit().aic
        assert (lags[i], leads[i]) == min(table, key=table.get)
    chosen = run(westerlund, values, leads="aic", max_lags=2, max_leads=1)
    assert [(r["lags"], r["leads"]) for r in chosen.details["entities"]] == list(zip(lags, leads, strict=True))
    assert len(set(chosen.lags)) > 1


def test_mean_group_and_half_life():
    result = run(westerlund, cointegrated(np.random.default_rng(6), 10, 60, root=0.6), lags=0)
    rows = result.details["entities"]
    alpha = np.array([r["alpha"] for r in rows])
    assert result.details["alpha"]["value"] == pytest.approx(alpha.mean())
    assert result.details["alpha"]["se"] == pytest.approx(alpha.std(ddof=1) / 10**0.5)
    slope = result.details["long_run"]["x1"]
    assert abs(slope["value"] - 1) < 4 * slope["se"]
    for r in rows:
        assert (r["half_life"] is None) == bool(r["half_life_note"])
        if r["half_life"] is not None:
            assert (1 + r["alpha"]) ** r["half_life"] == pytest.approx(0.5)


def test_moments():
    assert law.moments("Gt", "c", 2) == (-2.0349, 0.8481)
    assert law.moments("Gt", "c", 1, application=True) == (-1.793, 0.7904)
    assert law.moments("Pa", "n", 1, application=True) == law.moments("Pa", "n", 1)
    result = run(westerlund, walks(np.random.default_rng(7), 9, 40, 2), lags=1)
    centre, spread = law.moments("Pt", "c", 2)
    assert result.details["Z"]["Pt"] == pytest.approx((result["Pt"].value - 3 * centre) / spread**0.5)
    for s in result:
        assert (s.value < s.critical["0.05"]) == (s.pvalue < 0.05)


def test_moments_are_those_of_the_limit():
    """Long panels of independent walks: mean of Gt's terms within four standard errors."""
    values = walks(np.random.default_rng(8), 1500, 400, 1)
    t = [r["t"] for r in run(westerlund, values, lags=0).details["entities"]]
    centre, spread = law.moments("Gt", "c", 1, application=True)
    assert np.mean(t) == pytest.approx(centre, abs=4 * (spread / 1500) ** 0.5)
    assert np.var(t) == pytest.approx(spread, rel=0.2)


def test_pseudo_panels_keep_dependence_and_have_no_correction():
    rng = np.random.default_rng(9)
    common = rng.standard_normal((1, 200)) * 2
    e = rng.standard_normal((2, 200)) + common
    x = rng.standard_normal((2, 200))
    y = (e + 0.7 * x).cumsum(1)
    one, there = np.ones(2, dtype=int), np.ones((2, 200), dtype=bool)
    drawn = list(panels_without_correction(y, x.cumsum(1)[..., None], there, "c", one, 0 * one, 60, 1))
    assert sum(len(a) for a, _ in drawn) == 60
    dy, dx = np.diff(drawn[0][0], axis=2), np.diff(drawn[0][1][..., 0], axis=2)
    between = np.mean([np.corrcoef(a)[0, 1] for a in dy])
    assert between == pytest.approx(np.corrcoef(np.diff(y))[0, 1], abs=0.05)
    assert np.mean([np.polyfit(a[0], b[0], 1)[0] for a, b in zip(dx, dy, strict=True)]) == pytest.approx(0.7, abs=0.1)


def test_bootstrap():
    values = walks(np.random.default_rng(10), 8, 30)
    first = run(westerlund, values, lags=1, bootstrap=99, seed=5)
    assert [s.pvalue for s in run(westerlund, values[::-1], lags=1, bootstrap=99, seed=5)] == pytest.approx(
        [s.pvalue for s in first])
    plain = run(westerlund, values, lags=1)
    assert first.details["pvalues_asymptotic"] == {s.name: s.pvalue for s in plain}
    assert numbers(first) == numbers(plain) and first.details["bootstrap_replications"] == 99
    for s in first:
        assert round(s.pvalue * 100, 9) == round(s.pvalue * 100) >= 1
    apart = np.full((2, 80, 2), np.nan)
    apart[0, :40], apart[1, 40:] = values[0, :30].repeat(2, 0)[:40], values[1, :30].repeat(2, 0)[:40]
    apart += np.random.default_rng(1).standard_normal(apart.shape)
    with pytest.raises(InfeasibleError, match="no period"):
        run(westerlund, apart, lags=1, bootstrap=9)


def test_refusals():
    values = walks(np.random.default_rng(11), 5, 30)
    with pytest.raises(InfeasibleError, match="at most 6 x"):
        run(westerlund, walks(np.random.default_rng(1), 5, 60, 7))
    with pytest.raises(UsageError, match="one of aic, bic, hqic"):
        run(westerlund, values, lags="t")
    with pytest.raises(UsageError, match="no verified convention"):
        run(westerlund, values, convention="plm")
    need = 1 + 1 + 2 + 1 + 1 + 1 + 1 + 3
    with pytest.raises(InfeasibleError, match=f"at least {need} periods"):
        run(westerlund, values[:, : need - 1], lags=1, leads=1)
    assert np.isfinite(numbers(run(westerlund, values[:, :need], lags=1, leads=1))).all()
    p = panel(values)
    assert westerlund(p["y"], p["x1"], lags=1).name == "westerlund"


def test_size_and_power():
    draws = 150
    for make, options in ((lambda rng: walks(rng, 20, 50), {}), (lambda rng: walks(rng, 15, 40), {"bootstrap": 49})):
        for name, count in rejections(westerlund, make, draws, 12, **options).items():
            low, high = binomtest(count, draws).proportion_ci(0.999)
            assert high >= 0.005 and low <= 0.10, name
    found = rejections(westerlund, lambda rng: cointegrated(rng, 20, 50, root=0.8), 20, 13, bootstrap=99)
    assert min(found.values()) >= 18


@pytest.mark.slow
@pytest.mark.parametrize(("n", "t", "quoted"), [(25, 22, (0.12, 0.00, 0.11, 0.03)), (20, 50, (0.08, 0.01, 0.08, 0.05))])
def test_quoted_sizes(n, t, quoted):
    found = rejections(westerlund, lambda rng: walks(rng, n, t), 1000, [20260101, t])
    for count, rate in zip(found.values(), quoted, strict=True):
        low, high = binomtest(count, 1000).proportion_ci(0.999)
        assert low - 0.015 <= rate <= high + 0.015
