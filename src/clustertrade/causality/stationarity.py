"""Whether the series of a causality test look stationary, and what to do where they do not."""

from __future__ import annotations

from typing import Any

import numpy as np

from clustertrade.batch.adf import fewest_periods
from clustertrade.batch.lags import diff
from clustertrade.panel import Panel
from clustertrade.regression.integration import FEWEST, unit_root

LEVEL = 0.05


def orders(y: Panel, x: Panel, order: int, trend: str = "c") -> list[dict[str, Any]]:
    """The order of integration that a quick look finds: a row a variable with ``pvalue``, ``pvalue_d``, ``order``.

    Augmented Dickey-Fuller tests with order - 1 lagged differences (at least one), the autoregression of the causality
    test; over entities Choi's Z of their p-values.  Order 0 where the level rejects a unit root at 5 %, 1 where only
    the first difference does, else 2.  Entities in which a variable is constant count as stationary.
    """
    there = y.complete & x.complete
    lags = max(order - 1, 1)
    if there.sum(1).min() < max(fewest_periods(trend, lags) + 2, FEWEST):
        return []
    rows = []
    for panel in (y, x):
        for k, name in enumerate(panel.variables):
            values = np.where(there, panel.values[..., k], 0.0)
            level = unit_root(values, there, lags, trend)
            change = unit_root(*diff(values, there), lags, "c")
            if level is None or change is None:
                continue
            found = 0 if level < LEVEL else 1 if change < LEVEL else 2
            rows.append({"variable": name, "pvalue": level, "pvalue_d": change, "order": found})
    return rows


def caution(found: list[dict[str, Any]], remedy: str, integration: int = 0) -> list[str]:
    """One warning where series look integrated of a higher order than the test allows for; none otherwise."""
    above = [row for row in found if row["order"] > integration]
    if not above:
        return []
    named = ", ".join(f"{row['variable']} I({row['order']}{'+' if row['order'] > 1 else ''}) (p {row['pvalue']:.2f})"
                      for row in above)
    if integration:
        return [f"a quick ADF test finds {named}, above integration={integration}: take --integration "
                f"{max(row['order'] for row in above)}, or differences"]
    return [f"a quick ADF test does not reject unit roots: {named}; p-values need stationary series: take first "
            f"differences, {remedy}"]
