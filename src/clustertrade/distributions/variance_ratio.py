"""The moments that standardise the variance ratios of Westerlund (2005), simulated."""

from __future__ import annotations

from clustertrade.distributions.lookup import rows


def moments(statistic: str, trend: str, regressors: int) -> tuple[float, float]:
    """Mean and variance of VR-G or VR-P for n, c, ct and one to six x."""
    row = next(r for r in rows("variance_ratio_simulated")
               if (r["statistic"], r["trend"], r["x"]) == (statistic, trend, str(regressors)))
    return float(row["mean"]), float(row["variance"])
