"""Choi's combinations of the p-values of entities."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc, chdtri, log_ndtr, ndtr, ndtri, stdtr, stdtrit

from clustertrade.batch.ols import Array
from clustertrade.results import Statistic

LEVELS = (0.01, 0.05, 0.1)
TAILS = ("left", "right", "left", "right")                 # of Z, Pm, L*, P


def values(scores: Array) -> Array:
    """Z, Pm, L* and P from the normal quantiles of p-values: scores (..., N)  ->  (..., 4)."""
    n = scores.shape[-1]
    log_p, log_q = log_ndtr(scores), log_ndtr(-scores)
    p = -2 * log_p.sum(-1)
    k = 3 * (5 * n + 4) / (np.pi**2 * n * (5 * n + 2))
    logit = np.sqrt(k) * (log_p - log_q).sum(-1)
    return np.stack([scores.sum(-1) / np.sqrt(n), (p - 2 * n) / np.sqrt(4 * n), logit, p], -1)


def combined(scores: Array) -> tuple[Statistic, ...]:
    """Z, Pm, L* and P of N independent tests, from the normal quantiles of their p-values (N,).

    Choi (2001): Z = sum(scores) / sqrt(N); P = -2 sum(log p), chi-squared with 2N; Pm =
    (P - 2N) / sqrt(4N); L* = sqrt(k) sum(log(p / (1 - p))), t with 5N + 4 and k = 3 (5N + 4) / (pi^2 N (5N + 2)).
    Z and L* reject for small values, Pm and P for large ones.  Scores stay finite where p rounds to 0 or 1.
    """
    n = scores.size
    z, pm, logit, p = (float(v) for v in values(scores))
    df = 5 * n + 4
    return (
        Statistic(name="Z", value=z, pvalue=float(ndtr(z)), critical={f"{a:g}": float(ndtri(a)) for a in LEVELS}),
        Statistic(name="Pm", value=pm, pvalue=float(ndtr(-pm)),
                  critical={f"{a:g}": float(-ndtri(a)) for a in LEVELS}),
        Statistic(name="L*", value=logit, pvalue=float(stdtr(df, logit)), df=float(df),
                  critical={f"{a:g}": float(stdtrit(df, a)) for a in LEVELS}),
        Statistic(name="P", value=p, pvalue=float(chdtrc(2 * n, p)), df=float(2 * n),
                  critical={f"{a:g}": float(chdtri(2 * n, a)) for a in LEVELS}),
    )
