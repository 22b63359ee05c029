"""The equation of one effect: its coefficients, Wald tests of restrictions on them, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc, fdtrc, stdtr

from clustertrade.batch.ols import Array, ols
from clustertrade.causality.regression import Design

GRID = 32                                                  # steps of the table of frequencies, from 0 to pi


@dataclass(frozen=True)
class Equation:
    """Least squares of one effect.

    names of the K coefficients; beta (K,), covariance (K, K), ssr, df = nobs - K.
    """

    names: tuple[str, ...]
    beta: Array
    covariance: Array
    ssr: float
    nobs: int

    @property
    def df(self) -> int:
        """Degrees of freedom of the residuals."""
        return self.nobs - len(self.beta)

    def wald(self, restriction: Array) -> float:
        """The Wald statistic of ``restriction`` (R, K) times beta = 0."""
        gap = restriction @ self.beta
        return float(gap @ np.linalg.solve(restriction @ self.covariance @ restriction.T, gap))

    def tested(self, restriction: Array) -> dict[str, Any]:
        """F and chi2 of a restriction with their degrees of freedom and p-values."""
        k, wald = len(restriction), self.wald(restriction)
        return {"F": wald / k, "df1": k, "df2": self.df, "pvalue": float(fdtrc(k, self.df, wald / k)), "chi2": wald,
                "pvalue_chi2": float(chdtrc(k, wald))}

    def told(self) -> dict[str, Any]:
        """Sum of squares, degrees of freedom, and a row a coefficient."""
        se = np.sqrt(np.diagonal(self.covariance))
        return {"ssr": self.ssr, "df": self.df, "params": [
            {"name": n, "value": b, "se": s, "stat": b / s if s > 0 else None,
             "pvalue": 2 * stdtr(self.df, -abs(b / s)) if s > 0 else None}
            for n, b, s in zip(self.names, self.beta, se, strict=True)]}


def hc_weights(q: Array, hc: int) -> Array:
    """Weights (n,) of squared residuals in variant HC0 to HC3 (MacKinnon and White 1985); q (n, K) is orthonormal."""
    n, k = q.shape
    room = 1 - (q**2).sum(1)
    room = np.where(room > 1e-10, room, np.inf)                            # a row that fits by itself tells nothing
    return {0: np.ones(n), 1: np.full(n, n / (n - k)), 2: 1 / room, 3: 1 / room**2}[hc]


def estimated(effect: Array, z: Array, names: tuple[str, ...], hc: int | None = None) -> Equation:
    """Least squares of effect (n,) on z (n, K); the covariance is heteroskedasticity-consistent in the variant hc."""
    if not z.shape[1]:
        return Equation((), np.zeros(0), np.zeros((0, 0)), float(effect @ effect), len(z))
    beta, _, resid, freedom = (part[0] for part in ols(effect[None], z[None], np.ones((1, len(z)), dtype=bool)))
    df = int(freedom)
    size = np.sqrt((z**2).sum(0))
    q, r = np.linalg.qr(z / size)
    inverse = np.linalg.inv(r)
    if hc is None:
        core = inverse @ inverse.T * (resid @ resid / df)
    else:
        half = inverse @ q.T
        core = half * (resid**2 * hc_weights(q, hc)) @ half.T
    return Equation(names, beta, core / np.outer(size, size), float(resid @ resid), len(z))


def rows(regression: Design, row: int = 0) -> tuple[Array, Array]:
    """Effect (n,) and regressors (n, K) of one row of a design, deterministic terms and own lags first."""
    there = regression.valid[row]
    return regression.effect[row, there], np.concatenate([regression.own, regression.causes], -1)[row, there]


def names_of(trend: str, order: int, effect: str, causes: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the coefficients of a design with ``order`` lags: const, trend, L1.y ..., L1.x1, L1.x2, ..."""
    lags = range(1, order + 1)
    return ({"n": (), "c": ("const",), "ct": ("const", "trend")}[trend] + tuple(f"L{k}.{effect}" for k in lags)
            + tuple(f"L{k}.{v}" for k in lags for v in causes))


def exclusion_of(first: int, causes: int, order: int, total: int, which: int | None = None) -> Array:
    """The restriction (R, total) that lags 1 ... order are zero, of all causes or of one of them.

    The lags begin at column ``first``, all causes at lag 1, then all at lag 2, ...
    """
    at = np.arange(causes * order).reshape(order, causes)
    at = at if which is None else at[:, [which]]
    return np.eye(total)[first + at.ravel()]


def frequency_restriction(first: int, causes: int, order: int, total: int, frequency: float) -> Array:
    """The restriction that no cause predicts the effect at a frequency (Breitung and Candelon 2006, eq. 7).

    For each cause the cosine and the sine transform of its lag coefficients are zero; one of them where the other is
    zero or implied: at frequencies 0 and pi, and with one lag.
    """
    k = np.arange(1, order + 1) * frequency
    transform = np.stack([np.cos(k), np.sin(k)])
    if order == 1 or np.abs(transform[1]).max() < 1e-9:
        transform = transform[[int(np.abs(transform[1]).max() > np.abs(transform[0]).max())]]
    out = np.zeros((causes * len(transform), total))
    for j in range(causes):
        out[j * len(transform):(j + 1) * len(transform), first + j + causes * np.arange(order)] = transform
    return out


def spectrum(equation: Equation, first: int, causes: int, order: int) -> list[dict[str, Any]]:
    """The test at equidistant frequencies, a row a frequency; at 0 it asks about the long run."""
    return [{"frequency": w, "periods": 2 * np.pi / w if w else None,
             **equation.tested(frequency_restriction(first, causes, order, len(equation.beta), w))}
            for w in np.pi * np.arange(GRID + 1) / GRID]
