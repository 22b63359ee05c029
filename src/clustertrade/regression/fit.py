"""Least squares on transformed rows, with all that covariances and tests need of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Array, Mask
from clustertrade.regression.effects import Effects
from clustertrade.regression.rows import CONSTANT, Codes, Rows


@dataclass(frozen=True)
class Fit:
    """y = x beta + resid on transformed rows.

    names (K,) are the columns of x (n, K), the constant among them; bread (K, K) is (x'x)^-1; ``df`` the degrees of
    freedom that are left, effects counted; ``normal`` whether inference is asymptotic, without a t distribution.
    """

    asked: str
    names: tuple[str, ...]
    y: Array
    x: Array
    beta: Array
    resid: Array
    bread: Array
    entity: Codes
    time: Codes
    effects: Effects
    df: int
    rows: Rows
    normal: bool = False
    components: Mapping[str, object] = field(default_factory=dict)      # of random effects

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.y.size

    @property
    def k(self) -> int:
        """Slopes and constant."""
        return len(self.names)

    @property
    def slopes(self) -> Mask:
        """Which of the columns are slopes."""
        return np.array([name != CONSTANT for name in self.names])

    @property
    def errors(self) -> Array:
        """Residuals (n,) of the rows before they were multiplied by the roots of their weights."""
        return np.asarray(self.resid / self.rows.root)

    @property
    def rss(self) -> float:
        """Residual sum of squares."""
        return float(self.resid @ self.resid)

    @property
    def sigma2(self) -> float:
        """Residual variance."""
        return self.rss / self.df


def least_squares(asked: str, names: tuple[str, ...], y: Array, x: Array, rows: Rows, *, effects: Effects | None = None,
                  entity: Codes | None = None, time: Codes | None = None, normal: bool = False,
                  components: Mapping[str, object] | None = None) -> Fit:
    """Regress y (n,) on x (n, K), whose columns are ``names``; the rows are those of ``rows`` unless codes are given.

    Raises
    ------
    InfeasibleError
        No degrees of freedom left; collinear columns; a perfect fit.
    """
    entity = rows.entity if entity is None else entity
    time = rows.time if time is None else time
    effects = effects or Effects(None, entity, time)
    # With effects, the constant is one of the parameters that they use already.
    df = y.size - x.shape[1] - max(effects.count - 1, 0)
    if df <= 0:
        more = f" and {effects.count} effects" if effects.count else ""
        raise InfeasibleError(f"{asked}: {y.size} rows leave no degrees of freedom for {x.shape[1]} coefficients{more}"
                              "; leave regressors out, or use more rows")
    beta, bread = solve(asked, names, y, x)
    resid = y - x @ beta
    if resid @ resid <= 1e-24 * y.size * y.var():
        raise InfeasibleError(f"{asked}: {first_of(names[1:], 12)} fit {rows.panel.name} exactly; no errors are left "
                              "to infer from")
    return Fit(asked, names, y, x, beta, resid, bread, entity, time, effects, df, rows, normal,
               components or {})


def solve(asked: str, names: tuple[str, ...], y: Array, x: Array) -> tuple[Array, Array]:
    """Coefficients (K,) and (x'x)^-1 (K, K), by a QR of columns brought to unit length.

    Units of x must not decide about the rank: a GDP in yuan stands beside a constant here.
    """
    size = np.sqrt((x**2).sum(0))
    q, r = np.linalg.qr(x / np.where(size > 0, size, 1.0))
    left = np.abs(np.diagonal(r))
    if (bad := np.flatnonzero(left <= 1e-9)).size:
        name, others = names[bad[0]], names[: bad[0]]
        what = f"an exact linear function of {first_of(others, 12)}" if size[bad[0]] > 0 else "zero in every row"
        raise InfeasibleError(f"{asked}: {name} is {what}; leave it out")
    inverse = np.linalg.inv(r)
    return inverse @ (q.T @ y) / size, (inverse @ inverse.T) / np.outer(size, size)


def absorbed(x: Array, removed: Array) -> Mask:
    """Which columns of x (n, K) the effects explain entirely, given the columns without the effects."""
    left = (removed**2).sum(0)
    varies = ((x - x.mean(0)) ** 2).sum(0)
    return left <= np.maximum(1e-18 * varies, 1e-26 * (x**2).sum(0))      # the second: rounding of a large level
