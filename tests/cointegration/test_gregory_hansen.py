"""The Gregory-Hansen tests: date by date with statsmodels and arch, invariances, the date that is found, size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

import clustertrade as ct
from clustertrade.cointegration.gregory_hansen import critical, pvalue
from clustertrade.errors import InfeasibleError
from tests.cointegration.panels import walks


def run(z, **options):
    data = pd.DataFrame(z, columns=["y", *(f"x{i}" for i in range(1, z.shape[1]))], index=None)
    return ct.test("gregory-hansen", data, y="y", x=list(data.columns[1:]), **options)


def broken(rng, t, date, slope=0.0):
    x, u, e = rng.standard_normal(t).cumsum(), np.zeros(t), rng.standard_normal(t)
    for s in range(1, t):
        u[s] = 0.4 * u[s - 1] + e[s]
    after = np.arange(1, t + 1) > date
    return np.column_stack([x + 6 * after + slope * x * after + u, x])


def terms(t, kind, date, x):
    after = (np.arange(1, t + 1) > date) * 1.0
    more = {"level": [], "trend": [np.arange(t) * 1.0], "regime": list((x * after[:, None]).T)}[kind]
    return np.column_stack([x, np.ones(t), after, *more])


@pytest.mark.parametrize("kind", ["level", "trend", "regime"])
def test_every_date_as_statsmodels_and_phillips_by_hand(kind):
    import statsmodels.api as sm
    from statsmodels.tsa.stattools import adfuller

    z = walks(np.random.default_rng(1), 1, 60, 2)[0]
    result = run(z, break_=kind, lags=2, bandwidth=3)
    dates = range(9, 52)
    assert len(result.details["path"]) == len(dates)
    for row, date in zip(result.details["path"], dates, strict=True):
        e = sm.OLS(z[:, 0], terms(60, kind, date, z[:, 1:])).fit().resid
        assert row["ADF*"] == pytest.approx(adfuller(e, maxlag=2, regression="n", autolag=None)[0], rel=1e-8)
        rho = e[1:] @ e[:-1] / (e[:-1] @ e[:-1])
        k, n = e[1:] - rho * e[:-1], 59
        lam = sum((1 - j / 4) * (k[j:] @ k[:-j]) / n for j in range(1, 4))
        omega = k @ k / n + 2 * lam
        corrected = (e[1:] @ e[:-1] - n * lam) / (e[:-1] @ e[:-1])
        assert row["Za*"] == pytest.approx(n * (corrected - 1), rel=1e-8)
        assert row["Zt*"] == pytest.approx((corrected - 1) / np.sqrt(omega / (e[:-1] @ e[:-1])), rel=1e-8)
    for s in result:
        assert s.value == min(row[s.name] for row in result.details["path"])


@pytest.mark.parametrize("kind", ["level", "trend", "regime"])
def test_invariances(kind):
    z = walks(np.random.default_rng(2), 1, 60, 2)[0]
    first = run(z, break_=kind, lags=1)
    mixed = z * [1000.0, 0.01, 7.0] + [5.0, -3.0, 2.0]
    mixed[:, 2] += mixed[:, 1]
    if kind == "trend":
        mixed += np.outer(np.arange(60.0), [1.0, 2.0, -1.0])
    other = run(mixed, break_=kind, lags=1)
    for s in first:
        assert other[s.name].value == pytest.approx(s.value, rel=1e-6)


@pytest.mark.parametrize(("kind", "slope"), [("level", 0.0), ("regime", 1.0)])
def test_finds_the_date(kind, slope):
    z = broken(np.random.default_rng(5), 150, 60, slope)
    result = run(z, break_=kind, lags=1)
    assert all(s.pvalue < 0.01 for s in result)
    frame = pd.DataFrame(z, columns=["y", "x"]).assign(year=np.arange(1900, 2050))
    named = ct.test("gregory-hansen", frame, time="year", y="y", x="x", break_=kind, lags=1)
    assert abs(int(named.details["breaks"]["ADF*"]) - 1959) <= 3
    coefficients = named.details["coefficients"]
    assert coefficients["x"] == pytest.approx(1, abs=0.15)
    if kind == "regime":
        assert coefficients["x[2]"] == pytest.approx(slope, abs=0.2)
    else:
        assert coefficients["const[2]"] == pytest.approx(6, abs=1)


def test_p_at_the_printed_values():
    for kind in ("level", "trend", "regime"):
        for m in range(1, 5):
            for law in ("t", "a"):
                for level, cut in critical(kind, m, law).items():
                    assert pvalue(cut, kind, m, law) == pytest.approx(float(level), abs=1e-9)
                at = list(critical(kind, m, law).values())
                assert at == sorted(at)
    assert pvalue(-8.0, "level", 1, "t") < 1e-4 and pvalue(-2.0, "level", 1, "t") > 0.9


def test_lags_by_a_criterion():
    z = walks(np.random.default_rng(4), 1, 80, serial=0.6)[0]
    chosen = run(z, lags="bic", max_lags=4)
    fixed = [run(z, lags=k) for k in range(5)]
    at = [row["ADF*"] for row in chosen.details["path"]].index(chosen["ADF*"].value)
    assert chosen["ADF*"].value == pytest.approx(fixed[chosen.lags].details["path"][at]["ADF*"])


def test_refusals():
    z = walks(np.random.default_rng(5), 1, 40)[0]
    with pytest.raises(InfeasibleError, match="at most 4 x"):
        run(walks(np.random.default_rng(1), 1, 60, 5)[0])
    with pytest.raises(InfeasibleError, match="exact linear function"):
        run(np.column_stack([2 * z[:, 1] + 1, z[:, 1]]))
    with pytest.raises(InfeasibleError, match="at least"):
        run(z[:8], lags=1)


def test_size():
    rng, draws, count = np.random.default_rng(6), 120, 0
    for _ in range(draws):
        count += run(walks(rng, 1, 100)[0], lags=0)["ADF*"].pvalue < 0.05
    low, high = binomtest(count, draws).proportion_ci(0.999)
    assert low <= 0.10 and high >= 0.02
