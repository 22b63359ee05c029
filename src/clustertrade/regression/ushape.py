"""The test of Lind and Mehlum (2010) for a U or an inverted U."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from clustertrade.panel import Array


def u_test(beta: Array, covariance: Array, low: float, high: float, df: float | None, level: float) -> dict[str, Any]:
    r"""Whether the slope of :math:`\beta_1 x + \beta_2 x^2` has one sign at the lower end and the other at the upper.

    The null is a monotone or oppositely shaped curve, an intersection-union test: the statistic is the smaller of the
    two one-sided t, its p the larger of theirs.  The interval of the extreme point :math:`-\beta_1/2\beta_2` is
    Fieller's, which need not end.

    Parameters
    ----------
    beta, covariance
        Of the linear and the squared term, (2,) and (2, 2).
    low, high
        The range of x.
    df
        Degrees of freedom of t; None for the normal distribution.
    level
        1 - level is the coverage of the interval.
    """
    shape = "inverted U" if beta[1] < 0 else "U"
    sign = 1.0 if beta[1] < 0 else -1.0                    # of the slope that is expected at the lower end
    ends = []
    for at, expected in ((low, sign), (high, -sign)):
        gradient = np.array([1.0, 2 * at])
        slope, se = float(gradient @ beta), math.sqrt(max(float(gradient @ covariance @ gradient), 0.0))
        t = slope / se if se > 0 else math.nan
        tail = ndtr(-expected * t) if df is None else stdtr(df, -expected * t)
        ends.append({"x": at, "slope": slope, "se": se, "t": t, "pvalue": float(tail)})
    point = float(-beta[0] / (2 * beta[1]))
    c2 = float(-ndtri(level / 2) if df is None else -stdtrit(df, level / 2)) ** 2
    # Fieller: the p with (b1 + 2 p b2)^2 <= c^2 var(b1 + 2 p b2).
    v11, v12, v22 = covariance[0, 0], covariance[0, 1], covariance[1, 1]
    a, b, c = 4 * (beta[1] ** 2 - c2 * v22), 4 * (beta[0] * beta[1] - c2 * v12), beta[0] ** 2 - c2 * v11
    root = b * b - 4 * a * c
    bounded = a > 0 and root >= 0
    interval = sorted(float((-b + s * math.sqrt(root)) / (2 * a)) for s in (-1, 1)) if bounded else [None, None]
    return {"shape": shape, "extreme": point, "inside": bool(low < point < high), "interval": interval,
            "t": min(abs(e["t"]) if e["pvalue"] < 0.5 else -abs(e["t"]) for e in ends),
            "pvalue": max(e["pvalue"] for e in ends), "ends": ends}
