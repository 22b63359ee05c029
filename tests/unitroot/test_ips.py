"""IPS: moments, tables, unequal lengths, lag choice, size and power."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.stattools import adfuller

from clustertrade.distributions.lookup import lookup
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.unitroot import ips
from tests.unitroot.panels import in_band, panel, walks


def unit(row, trend, lags):
    return adfuller(row, maxlag=lags, regression=trend, autolag=None, result_object=False)[0]


@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize("lags", [0, 2])
def test_w_is_its_formula(trend, lags):
    y = walks(np.random.default_rng(1), 9, 40)
    t = np.array([unit(row, trend, lags) for row in y])
    mean, variance = (lookup("ips2003_table3", c, {"t": [39 - lags]}, {"trend": trend, "lags": str(lags)})[0][0]
                      for c in ("mean", "variance"))
    got = ips(panel(y), trend=trend, lags=lags)
    assert got["t-bar"].value == pytest.approx(t.mean(), rel=1e-9)
    assert got["W-t-bar"].value == pytest.approx(3 * (t.mean() - mean) / np.sqrt(variance), rel=1e-8)
    assert [s.name for s in got] == ["W-t-bar", "Z-t-bar", "t-bar"] and got["t-bar"].pvalue is None


def test_entities_of_unequal_length_have_their_moments():
    y = walks(np.random.default_rng(2), 5, 40)
    y[0, :12] = y[3, 30:] = np.nan
    got = ips(panel(y), lags=1)
    t = [unit(row[np.isfinite(row)], "c", 1) for row in y]
    rows = got.details["entities"]
    np.testing.assert_allclose([r["t"] for r in rows], t, rtol=1e-9)
    assert [r["nobs"] for r in rows] == [26, 38, 38, 28, 38] and len({r["mean"] for r in rows}) == 3
    assert got.details["critical_values"] == "implied by W-t-bar"


def test_critical_values_of_balanced_panels_without_lags_are_printed_ones():
    got = ips(panel(walks(np.random.default_rng(3), 10, 51)), lags=0)
    assert got["t-bar"].critical == {"0.01": -2.16, "0.05": -1.98, "0.1": -1.88}
    other = ips(panel(walks(np.random.default_rng(3), 10, 51)), lags=1)["t-bar"].critical
    assert other["0.05"] == pytest.approx(-1.98, abs=0.05)


def test_cells_that_the_table_lacks_come_from_the_law_with_a_warning():
    got = ips(panel(walks(np.random.default_rng(4), 8, 22)), lags=6)
    assert "lacks the moments of 8 of 8" in got.warnings[0] and -1.6 < got.details["mean"] < -1
    edge = ips(panel(walks(np.random.default_rng(4), 8, 22)), lags=6, convention="plm")
    assert edge.details["mean"] == -1.289
    with pytest.raises(InfeasibleError, match="periods"):
        ips(panel(walks(np.random.default_rng(4), 8, 7)), lags=1)


def test_without_deterministic_terms_it_is_refused():
    with pytest.raises(UsageError, match="one of c, ct"):
        ips(panel(walks(np.random.default_rng(5), 8, 30)), trend="n")


def test_a_choice_has_its_own_moments_and_the_other_w_is_kept():
    got = ips(panel(walks(np.random.default_rng(6), 10, 22)), trend="ct")
    assert got.details["law"] == "selected" and got.options["max_lags"] == 2
    assert got["W-t-bar"].value > got.details["W_of_chosen_orders"]
    same = ips(panel(walks(np.random.default_rng(6), 10, 22)), trend="ct", convention="gretl")
    assert same["W-t-bar"].value == pytest.approx(got.details["W_of_chosen_orders"], rel=1e-12)


def test_dfcor_and_demean():
    y = walks(np.random.default_rng(7), 6, 30)
    with_, without = (ips(panel(y), lags=1, dfcor=d).details["entities"][0] for d in (True, False))
    assert without["t"] == pytest.approx(with_["t"] * np.sqrt(28 / 25), rel=1e-12)
    moved = y + 100 * np.sin(np.arange(30))
    assert ips(panel(moved), demean=True)["t-bar"].value == pytest.approx(ips(panel(y), demean=True)["t-bar"].value)


@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize(("n", "t"), [(20, 50), (25, 22)])
@pytest.mark.parametrize("lags", [1, "aic"])
def test_size(trend, n, t, lags):
    rng = np.random.default_rng([8, n, t])
    rejected = sum(ips(panel(walks(rng, n, t)), trend=trend, lags=lags).pvalue < 0.05 for _ in range(160))
    assert in_band(rejected, 160, 0.02, 0.08), f"rejects {rejected / 160:.3f} of true nulls"


def test_power():
    rng = np.random.default_rng(9)
    assert sum(ips(panel(walks(rng, 20, 50, root=0.9, start=30))).pvalue < 0.05 for _ in range(100)) > 85
