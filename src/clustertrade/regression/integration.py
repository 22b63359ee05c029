"""A quick look at the order of integration of variables, for the warnings of tests that presume one."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from clustertrade.batch.adf import adf_regressions, fewest_periods
from clustertrade.batch.ols import Array, BatchError, Mask
from clustertrade.distributions.dickey_fuller import score_finite
from clustertrade.panel import Panel

STRICT = 0.01                                              # a warning should be rare where series are I(1)
FEWEST = 10                                                # periods below which nothing is said


def unit_root(values: Array, valid: Mask, lags: int, trend: str) -> float | None:
    """p of a unit root in all rows: values (B, T), valid (B, T); None where it cannot be computed.

    Augmented Dickey-Fuller tests; over entities Choi's Z of their p-values.  Rows that do not vary are left out, and p
    is 0 where none does.
    """
    low = np.where(valid, values, np.inf).min(1)
    varies = np.where(valid, values, -np.inf).max(1) - low > 1e-12 * np.maximum(np.abs(low), 1e-300)
    if not varies.any():
        return 0.0
    try:
        fit = adf_regressions(values[varies], valid[varies], trend, lags)
    except BatchError:
        return None
    scores = score_finite(fit.t, trend, fit.nobs, fit.lags)
    return float(ndtr(scores.sum() / np.sqrt(len(scores))))


def stationary_levels(panel: Panel, trend: str = "c") -> list[str]:
    """One warning that names the variables that a quick look calls stationary at 1 %; none otherwise.

    For tests of cointegration: with a stationary variable their null, no relation between I(1) variables, is false
    whether or not there is a long run.  The look has one lagged difference, a constant, and a trend where ``trend`` is
    ct; of a panel both the series and their deviations from the mean of each period must look stationary, since common
    shocks make too many tests reject.
    """
    terms = "ct" if trend == "ct" else "c"
    there = panel.complete
    if there.sum(1).min() < max(fewest_periods(terms, 1) + 2, FEWEST):
        return []
    found = [(name, _of_both(np.where(there, panel.values[..., k], 0.0), there, terms))
             for k, name in enumerate(panel.variables)]
    named = ", ".join(f"{name} (p {'< 0.001' if p < 0.001 else f'{p:.3f}'})" for name, p in found
                      if p is not None and p < STRICT)
    return [f"a quick ADF test calls {named} stationary: a cointegration test presumes I(1) variables, and rejection "
            "is then no evidence of a long-run relation"] if named else []


def _of_both(values: Array, there: Mask, trend: str) -> float | None:
    """The larger p of the series and of their deviations from the mean of each period."""
    p = unit_root(values, there, 1, trend)
    if p is None or len(values) < 3:
        return p
    centre = values.sum(0) / np.maximum(there.sum(0), 1)
    other = unit_root(np.where(there, values - centre, 0.0), there, 1, trend)
    return None if other is None else max(p, other)
