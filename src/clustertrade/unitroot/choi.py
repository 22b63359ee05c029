"""Choi's combinations of the p-values of entities."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc, chdtri, log_ndtr, ndtr, ndtri, stdtr, stdtrit

from clustertrade.batch.ols import Array
from clustertrade.results import Statistic

LEVELS = (0.01, 0.05, 0.1)


def combined(scores: Array) -> tuple[Statistic, ...]:
    """Z, Pm, L* and P of N independent tests, from the normal quantiles of their p-values (N,).

    Choi (2001), equations 8, 18, 10 and 11: Z = sum(scores) / sqrt(N); P = -2 sum(log p), chi-squared with 2N; Pm =
    (P - 2N) / sqrt(4N); L* = sqrt(k) sum(log(p / (1 - p))), t with 5N + 4 and k = 3 (5N + 4) / (pi^2 N (5N + 2)).
    Z and L* reject for small values, Pm and P for large ones.  Scores stay finite where p rounds to 0 or 1.
    """
    n = scores.size
    log_p, log_q = log_ndtr(scores), log_ndtr(-scores)
    z = float(scores.sum() / np.sqrt(n))
    p = float(-2 * log_p.sum())
    pm = (p - 2 * n) / np.sqrt(4 * n)
    df = 5 * n + 4
    logit = float(np.sqrt(3 * df / (np.pi**2 * n * (5 * n + 2))) * (log_p - log_q).sum())
    return (
        Statistic(name="Z", value=z, pvalue=float(ndtr(z)), critical={f"{a:g}": float(ndtri(a)) for a in LEVELS}),
        Statistic(name="Pm", value=float(pm), pvalue=float(ndtr(-pm)),
                  critical={f"{a:g}": float(-ndtri(a)) for a in LEVELS}),
        Statistic(name="L*", value=logit, pvalue=float(stdtr(df, logit)), df=float(df),
                  critical={f"{a:g}": float(stdtrit(df, a)) for a in LEVELS}),
        Statistic(name="P", value=p, pvalue=float(chdtrc(2 * n, p)), df=float(2 * n),
                  critical={f"{a:g}": float(chdtri(2 * n, a)) for a in LEVELS}),
    )
