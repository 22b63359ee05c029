"""The full size table of the panel tests: more draws, more lag rules; run by make validate."""

from __future__ import annotations

import numpy as np
import pytest

from clustertrade.registry import load
from tests.unitroot.panels import in_band, panel, walks
from tests.unitroot.test_cips import factor_panel

STATISTICS = {"llc": ("t*",), "ips": ("W-t-bar",), "fisher-adf": ("Z", "Pm", "L*", "P"), "cips": ("CIPS", "CIPS*")}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "trend"), [(name, trend) for name in STATISTICS for trend in ("n", "c", "ct")
                                             if (name, trend) != ("ips", "n")])
@pytest.mark.parametrize(("n", "t"), [(20, 50), (25, 22), (50, 30)])
@pytest.mark.parametrize("lags", [0, 1, "aic", "bic", "hqic", "t"])
def test_size(name, trend, n, t, lags):
    """5 % tests within 0.02 to 0.10 on independent walks (cips: one factor), with given and with chosen lags.

    llc with a trend is the exception: its moments are those without lags, so that it rejects 1 to 2 % with given lags
    and up to 13 % with chosen ones.
    """
    rng = np.random.default_rng([len(name), n, t])
    make = factor_panel if name == "cips" else walks
    found = [load(name)(panel(make(rng, n, t)), trend=trend, lags=lags) for _ in range(1000)]
    low, high = (0.005, 0.13) if (name, trend) == ("llc", "ct") else (0.02, 0.10)
    for statistic in STATISTICS[name]:
        rejected = sum(r[statistic].pvalue < 0.05 for r in found)
        assert in_band(rejected, 1000, low, high), f"{statistic} rejects {rejected / 1000:.3f} of true nulls"
