"""Hadri: values printed by EViews, the mean of KPSS statistics, corrections, size and power."""

from __future__ import annotations

import numpy as np
import pytest

import clustertrade as ct
from clustertrade.errors import InfeasibleError
from clustertrade.unitroot import hadri, kpss
from tests.goldens.harness import agrees, frame
from tests.unitroot.panels import in_band, panel, walks


@pytest.mark.parametrize(("trend", "homoskedastic", "printed"), [
    ("c", True, "4.18428"), ("c", False, "10.1553"), ("ct", True, "4.53395"), ("ct", False, "9.57816")])
def test_eviews_prints_these(trend, homoskedastic, printed):
    """EViews 9.5 on the value of Grunfeld's firms (goldens/published.md)."""
    got = ct.test("hadri", frame("grunfeld.csv"), entity="firm", time="year", y="value", trend=trend,
                  homoskedastic=homoskedastic, dfcor=False)
    assert agrees(got["Z"].value, printed, "algebraic")


@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize(("kernel", "bandwidth"), [(None, None), ("bartlett", 3), ("qs", 4), ("parzen", "auto")])
def test_is_the_mean_of_the_entities_kpss(trend, kernel, bandwidth):
    """With a divisor of n the statistic of an entity is KPSS; entities of unequal length take part as they are."""
    y = np.random.default_rng(1).standard_normal((5, 40))
    y[1, :6] = y[3, 30:] = np.nan
    how = {} if kernel is None else {"kernel": kernel, "bandwidth": bandwidth}
    got = hadri(panel(y), trend=trend, dfcor=False, **how)
    how = how or {"bandwidth": 0}
    eta = [kpss(panel(row[np.isfinite(row)]), trend=trend, **how)["eta"].value for row in y]
    mean, sd = {"c": (1 / 6, 45**-0.5), "ct": (1 / 15, (11 / 6300) ** 0.5)}[trend]
    assert [r["LM"] for r in got.details["entities"]] == pytest.approx(eta, rel=1e-9)
    assert got["Z"].value == pytest.approx(5**0.5 * (np.mean(eta) - mean) / sd, rel=1e-9)


def test_the_correction_makes_the_long_run_variance_unbiased_under_white_noise():
    y = np.random.default_rng(2).standard_normal((4000, 25))
    got = hadri(panel(y), trend="ct", kernel="bartlett", bandwidth=4)
    assert np.mean([r["variance"] for r in got.details["entities"]]) == pytest.approx(1, abs=0.03)
    plain = hadri(panel(y), trend="ct", bandwidth=0)
    same = hadri(panel(y), trend="ct")
    assert plain["Z"].value == pytest.approx(same["Z"].value, rel=1e-9)          # without lags it is n - k


def test_one_variance_for_all():
    y = np.random.default_rng(3).standard_normal((6, 30)) * np.arange(1, 7)[:, None]
    got = hadri(panel(y), homoskedastic=True)
    assert got.details["entities"][0]["variance"] == pytest.approx(y.var(1, ddof=1).mean(), rel=1e-9)


def test_a_trend_without_noise_is_refused():
    y = np.random.default_rng(4).standard_normal((4, 20))
    y[2] = np.arange(20)
    with pytest.raises(InfeasibleError, match="exact linear trend for 1 of 4 entities: u002"):
        hadri(panel(y), trend="ct")


@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize("options", [{}, {"homoskedastic": True}, {"kernel": "bartlett"}])
@pytest.mark.parametrize(("n", "t"), [(25, 22), (20, 50)])
def test_size(trend, options, n, t):
    if "kernel" in options and t < 50:
        t = 60                                             # the band is for T of at least 50
    rng = np.random.default_rng([5, n, t])
    rejected = sum(hadri(panel(rng.standard_normal((n, t))), trend=trend, **options).pvalue < 0.05 for _ in range(300))
    assert in_band(rejected, 300), f"rejects {rejected / 300:.3f} of true nulls"


@pytest.mark.parametrize("trend", ["c", "ct"])
def test_power(trend):
    """N = 25, T = 22, a random walk beside white noise with a third of its standard deviation."""
    rng = np.random.default_rng(6)
    found = np.mean([hadri(panel(rng.standard_normal((25, 22)) + 0.33 * walks(rng, 25, 22)), trend=trend).pvalue < 0.05
                     for _ in range(100)])
    assert found > {"c": 0.9, "ct": 0.2}[trend]
