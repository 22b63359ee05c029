"""Fisher-PP: statistics of entities, Choi's combinations, size and power."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from clustertrade.unitroot import fisher_pp, pp
from clustertrade.unitroot.choi import combined
from tests.unitroot.panels import in_band, panel, walks


def unequal():
    y = walks(np.random.default_rng(1), 6, 40, ar=0.3)
    y[1, :5] = y[4, 33:] = np.nan
    return y


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_entities_have_their_own_test(trend):
    y = unequal()
    got = fisher_pp(panel(y), trend=trend)
    for row, series in zip(got.details["entities"], y, strict=True):
        alone = pp(panel(series[np.isfinite(series)]), trend=trend)
        assert row["Zt"] == pytest.approx(alone["Zt"].value, rel=1e-9)
        assert row["pvalue"] == pytest.approx(alone["Zt"].pvalue, rel=1e-9)
        assert row["bandwidth"] == alone.details["bandwidth"]


def test_the_combinations_are_those_of_choi():
    got = fisher_pp(panel(unequal()))
    p = np.array([r["pvalue"] for r in got.details["entities"]])
    n = len(p)
    chi2 = -2 * np.log(p).sum()
    logit = np.log(p / (1 - p)).sum() * np.sqrt(3 * (5 * n + 4) / (np.pi**2 * n * (5 * n + 2)))
    want = {"Z": (stats.norm.ppf(p).sum() / n**0.5, stats.norm.cdf),
            "Pm": ((chi2 - 2 * n) / (4 * n) ** 0.5, stats.norm.sf),
            "L*": (logit, lambda v: stats.t.cdf(v, 5 * n + 4)), "P": (chi2, lambda v: stats.chi2.sf(v, 2 * n))}
    assert [s.name for s in got] == ["Z", "Pm", "L*", "P"]
    for s in got:
        assert s.value == pytest.approx(want[s.name][0], rel=1e-9)
        assert s.pvalue == pytest.approx(want[s.name][1](s.value), rel=1e-9)
        assert (s.pvalue < 0.05) == ((s.value < s.critical["0.05"]) if s.name in ("Z", "L*") else
                                     (s.value > s.critical["0.05"]))


def test_p_values_that_round_to_zero_or_one_stay_finite():
    for s in combined(np.array([-45.0, 45.0, 12.0])):
        assert np.isfinite(s.value) and 0 <= s.pvalue <= 1


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_size(trend):
    """N = 20, T = 50, independent walks."""
    rng = np.random.default_rng(2)
    rejected = np.sum([[s.pvalue < 0.05 for s in fisher_pp(panel(walks(rng, 20, 50)), trend=trend)]
                       for _ in range(300)], 0)
    assert all(in_band(int(r), 300) for r in rejected), f"reject {rejected / 300}"


def test_power():
    """N = 25, T = 22, a root of 0.8."""
    rng = np.random.default_rng(3)
    found = np.mean([[s.pvalue < 0.05 for s in fisher_pp(panel(walks(rng, 25, 22, root=0.8, start=50)))]
                     for _ in range(100)], 0)
    assert (found > 0.7).all()
