"""Block tests in a vector autoregression: whether a variable helps to predict any of the others."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import chdtrc, fdtrc

from clustertrade.batch.ols import Array
from clustertrade.batch.quadratic import quadratic
from clustertrade.causality.equation import hc_weights


def block_tests(effects: Array, z: Array, names: tuple[str, ...], first: int, order: int,
                hc: int | None = None) -> list[dict[str, Any]]:
    """A row a variable as the cause of all others together, in the equations of these (Luetkepohl 2005, section 3.6).

    effects (n, P); z (n, first + P order): terms, then all variables at lag 1, all at lag 2, ...; ``hc``: the variant
    of a heteroskedasticity-consistent covariance across equations.  Rows hold ``cause``, ``effects``, ``F`` = chi2 /
    df1 with df2 = P n less all coefficients, ``chi2``, their p, and ``instantaneous``: chi2 of no correlation with the
    residuals of the others, from normal errors.  None where residuals are collinear or zero.
    """
    n, p = effects.shape
    size = np.sqrt((z**2).sum(0))
    q, r = np.linalg.qr(z / size)
    half = np.linalg.solve(r, q.T) / size[:, None]                                     # (Z'Z)^-1 Z'
    beta = half @ effects
    resid = effects - z @ beta
    exact = (resid**2).sum(0) <= 1e-24 * (effects**2).sum(0)
    resid = np.where(exact, 0.0, resid)
    df = n - z.shape[1]
    sigma = resid.T @ resid / df
    weight = None if hc is None else hc_weights(q, hc)
    rows = []
    for j, name in enumerate(names):
        others = [i for i in range(p) if i != j]
        lags = first + j + p * np.arange(order)
        gap = beta[np.ix_(lags, others)].T.ravel()                                     # equation by equation
        if weight is None:
            matrix = np.kron(sigma[np.ix_(others, others)], half[lags] @ half[lags].T)
        else:
            score = (resid[:, others, None] * half[lags].T[:, None, :]).reshape(n, -1)
            matrix = (score * weight[:, None]).T @ score
        chi2, df1 = quadratic(gap, matrix), len(gap)
        covariance = sigma[j, others]
        spread = sigma[j, j] * sigma[np.ix_(others, others)] + np.outer(covariance, covariance)
        at_once = quadratic(covariance, spread / n)
        rows.append({"cause": name, "effects": [names[i] for i in others],
                     "F": None if chi2 is None else chi2 / df1, "df1": df1, "df2": p * df,
                     "pvalue": None if chi2 is None else float(fdtrc(df1, p * df, chi2 / df1)), "chi2": chi2,
                     "pvalue_chi2": None if chi2 is None else float(chdtrc(df1, chi2)),
                     "instantaneous": {"chi2": at_once, "df": len(others),
                                       "pvalue": None if at_once is None else float(chdtrc(len(others), at_once))}})
    return rows
