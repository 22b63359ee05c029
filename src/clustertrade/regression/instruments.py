"""Instrumental variables on transformed rows: 2SLS, LIML, two-step GMM, and what the first stage says.

The equations are those of a regression without its effects, which models.within removes; linearmodels has the
estimators but neither the effects of unbalanced panels in them nor the tests of weak instruments of Kleibergen and
Paap, which need its projections.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import chdtrc

from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Array, Mask
from clustertrade.regression.effects import Effects
from clustertrade.regression.fit import Fit, absorbed, solve
from clustertrade.regression.models import WHAT_ABSORBS, refuse_absorbed
from clustertrade.regression.rows import CONSTANT, Rows
from clustertrade.regression.sandwich import covariance


@dataclass(frozen=True)
class System:
    """One equation with its instruments, effects removed: y (n,), x (n, K) with the constant, z (n, L) excluded."""

    asked: str
    rows: Rows
    names: tuple[str, ...]                                 # of x
    endog: tuple[str, ...]
    instruments: tuple[str, ...]
    y: Array
    x: Array
    z: Array
    effects: Effects

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.y.size

    @property
    def at(self) -> Mask:
        """Which columns of x are endogenous."""
        return np.array([n in self.endog for n in self.names])

    @cached_property
    def exogenous(self) -> Array:
        """An orthonormal basis of the exogenous columns of x."""
        kept = self.x[:, ~self.at]
        return np.linalg.qr(kept / np.sqrt((kept**2).sum(0)))[0]

    def without(self, v: Array) -> Array:
        """The columns of v without the exogenous x."""
        return v - self.exogenous @ (self.exogenous.T @ v)

    @cached_property
    def excluded(self) -> Array:
        """An orthonormal basis of the excluded instruments without the exogenous x."""
        q, r = np.linalg.qr(self.without(self.z / np.sqrt((self.z**2).sum(0))))
        if (bad := np.flatnonzero(np.abs(np.diagonal(r)) <= 1e-9)).size:
            raise InfeasibleError(f"{self.asked}: the instrument {self.instruments[bad[0]]} is an exact linear "
                                  "function of x and the other instruments; leave it out")
        return q

    def df(self, columns: int) -> int:
        """Degrees of freedom of a regression on so many columns, effects counted."""
        left = self.n - columns - max(self.effects.count - 1, 0)
        if left <= 0:
            raise InfeasibleError(f"{self.asked}: {self.n} rows leave no degrees of freedom for {columns} coefficients "
                                  f"and {self.effects.count} effects")
        return left

    def projected(self, v: Array) -> Array:
        """The columns of v on all instruments."""
        return self.exogenous @ (self.exogenous.T @ v) + self.excluded @ (self.excluded.T @ v)

    def fit(self, names: tuple[str, ...], x: Array, beta: Array, resid: Array, bread: Array, columns: int) -> Fit:
        """What covariances need."""
        return Fit(self.asked, names, self.y, x, beta, resid, bread, self.rows.entity, self.rows.time, self.effects,
                   self.df(columns), self.rows, normal=True)


def system(asked: str, rows: Rows, x: tuple[str, ...], endog: tuple[str, ...], instruments: tuple[str, ...],
           kind: str) -> System:
    """Remove the effects, their mean added back, from y, x and the instruments.

    Raises
    ------
    InfeasibleError
        Columns that the effects absorb, named; fewer instruments than endogenous x.
    """
    if len(instruments) < len(endog):
        raise InfeasibleError(f"{asked}: {len(instruments)} instruments for {len(endog)} endogenous regressors "
                              f"({first_of(endog)}): at least as many are needed")
    effects = Effects(kind, rows.entity, rows.time, rows.weight)
    data = np.column_stack([rows.y, rows.x])
    removed = effects.remove(data)
    refuse_absorbed(asked, rows, absorbed(rows.x, removed[:, 1:]), kind)
    if absorbed(rows.y[:, None], removed[:, :1]).any():
        raise InfeasibleError(f"{asked}: {rows.panel.name} does not vary {WHAT_ABSORBS[kind]}: "
                              "nothing is left to explain")
    root = np.broadcast_to(rows.root, rows.n)[:, None]     # of weighted rows, the constant among them
    removed = (removed + rows.mean(data)) * root
    place = {name: 1 + j for j, name in enumerate(rows.names)}
    columns = np.column_stack([root, removed[:, [place[n] for n in x]]])
    names = (CONSTANT, *x)
    solve(asked, names, removed[:, 0], columns)            # names what is collinear
    own = replace(rows, x=rows.x[:, [place[n] - 1 for n in x]], names=x)
    return System(asked, own, names, endog, instruments, removed[:, 0], columns,
                  removed[:, [place[n] for n in instruments]], effects)


def k_class(s: System, kappa: float) -> Fit:
    r"""The k-class estimator: 2SLS at kappa = 1, least squares at 0.

    .. math:: \hat\beta = (X'(I-\kappa M_Z)X)^{-1} X'(I-\kappa M_Z)y

    Covariances are those of the projections P_Z x, as of 2SLS, with this inverse for bread.
    """
    inside = s.projected(s.x)
    moved = s.x - kappa * (s.x - inside)
    scale = np.sqrt((s.x**2).sum(0))
    cross = moved.T @ s.x / np.outer(scale, scale)
    cross = (cross + cross.T) / 2
    if np.linalg.cond(cross) > 1e15:
        raise InfeasibleError(f"{s.asked}: the instruments do not identify the coefficients of {first_of(s.endog)}: "
                              "what they explain of these regressors is collinear")
    bread = np.linalg.inv(cross) / np.outer(scale, scale)
    beta = bread @ (moved.T @ s.y)
    return s.fit(s.names, inside, beta, s.y - s.x @ beta, bread, len(s.names))


def liml_kappa(s: System) -> float:
    """The smallest root that LIML takes (Anderson and Rubin 1949)."""
    w = s.without(np.column_stack([s.y, s.x[:, s.at]]))
    w = w / np.sqrt((w**2).sum(0))
    explained = s.excluded.T @ w
    total = w.T @ w
    return float(1 / (1 - np.linalg.eigvals(np.linalg.solve(total, explained.T @ explained)).real.min()))


def bare(options: Mapping[str, Any]) -> dict[str, Any]:
    """The same covariance without a small-sample factor."""
    return {**options, "hc": 0, "convention": "plm"}


def meat(s: System, scores: Array, options: Mapping[str, Any]) -> Array:
    """The covariance of the sum of the scores (n, M), without a small-sample factor."""
    if options["cov"] == "robust":
        return scores.T @ scores
    m = scores.shape[1]
    fit = s.fit(tuple(map(str, range(m))), scores, np.zeros(m), np.ones(s.n), np.eye(m), len(s.names))
    return covariance(fit, bare(options)).matrix


def small_sample(fit: Fit, options: Mapping[str, Any]) -> float:
    """The factor by which the covariance of a fit exceeds that without small-sample factor."""
    own, without = (np.diagonal(covariance(fit, o).matrix)[fit.slopes] for o in (options, bare(options)))
    return float(np.max(own / without))


def two_step(s: System, options: Mapping[str, Any]) -> tuple[Fit, Array, float]:
    """Efficient GMM (Hansen 1982): the fit, its covariance (K, K), and Hansen's J.

    The weights are from residuals of 2SLS by the covariance that is asked for, the covariance of the estimates from
    their own residuals.
    """
    z = np.column_stack([s.exogenous, s.excluded])
    first = k_class(s, 1.0)
    variance = meat(s, z * first.resid[:, None], options)
    held = variance.copy()
    if s.effects.count:                                    # the moment of the constant sums to zero by the effects
        held[0], held[:, 0] = 0.0, 0.0
        held[0, 0] = first.rss / s.n
    value, vector = np.linalg.eigh(held)
    if value.min() <= 1e-12 * value.max():
        raise InfeasibleError(f"{s.asked}: the {options['cov']} covariance of {z.shape[1]} moments is singular: too "
                              "few clusters or periods for so many instruments; the optimal weights do not exist")
    weight = (vector / value) @ vector.T
    scale = np.sqrt((s.x**2).sum(0))
    cross = z.T @ s.x / scale
    bread = np.linalg.inv(cross.T @ weight @ cross)
    beta = bread @ (cross.T @ weight @ (z.T @ s.y)) / scale
    resid = s.y - s.x @ beta
    fit = s.fit(s.names, first.x, beta, resid, first.bread, len(s.names))
    lever = (bread @ cross.T @ weight) / scale[:, None]
    moments = z.T @ resid
    matrix = small_sample(first, options) * lever @ meat(s, z * resid[:, None], options) @ lever.T
    return fit, matrix, float(moments @ weight @ moments)


def overidentification(s: System, fit: Fit, options: Mapping[str, Any]) -> dict[str, Any] | None:
    """Sargan's n R2 where errors are taken as homoskedastic, else Hansen's J of two-step GMM; None: nothing to test."""
    df = s.z.shape[1] - len(s.endog)
    if not df:
        return None
    name = "sargan" if options["cov"] == "unadjusted" else "hansen"
    if name == "sargan":
        inside = s.projected(fit.resid[:, None])[:, 0]
        value = s.n * float(inside @ inside) / fit.rss
    else:
        value = two_step(s, options)[2]
    return {"name": name, "value": value, "df": df, "pvalue": float(chdtrc(df, value))}
