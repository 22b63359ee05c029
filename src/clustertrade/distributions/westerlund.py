"""The moments that standardise the statistics of Westerlund (2007)."""

from __future__ import annotations

from functools import cache

from clustertrade.distributions.lookup import rows

MOST = 6                                                                          # regressors that the table covers


@cache
def _table() -> dict[tuple[str, str, int, str], tuple[float, float]]:
    return {(row["set"], row["trend"], int(row["x"]), row["statistic"]): (float(row["mean"]), float(row["variance"]))
            for row in rows("westerlund2007")}


def moments(statistic: str, trend: str, regressors: int, *, application: bool = False) -> tuple[float, float]:
    """Mean and variance of Gt, Ga, Pt or Pa for n, c, ct and one to six x.

    ``application`` takes the ones of the application in the paper where they exist: one x, c and ct.
    """
    table = _table()
    key = (trend, regressors, statistic)
    own = ("application", *key)
    return table[own] if application and own in table else table["library", *key]
