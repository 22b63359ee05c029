"""The series that a test of dependence looks at: the variable, or what regressors leave of it."""

from __future__ import annotations

import numpy as np

from clustertrade.batch.ols import Collinear, TooShort, ols
from clustertrade.batch.trend import demean
from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Array, Mask, Panel

EXACT = 1e-10                                              # residuals this small beside y are rounding


def entity_residuals(asked: str, y: Panel, x: Panel | None) -> Array:
    """y (N, T) where x is None; otherwise residuals of y on a constant and x, a regression for each entity.

    NaN where y or an x is missing.

    Raises
    ------
    InfeasibleError
        Where x explains y exactly.
    TooShort, Collinear
        With the entities concerned.
    """
    if x is None:
        return y.series
    valid = y.complete & x.complete
    constant = np.ones((*y.series.shape, 1))
    _, _, resid, _ = ols(y.series, np.concatenate([constant, x.values], -1), valid)
    _refuse_exact(asked, y, resid, valid)
    return np.where(valid, resid, np.nan)


def fixed_effects_residuals(asked: str, y: Panel, x: Panel | None) -> Array:
    """y (N, T) where x is None; otherwise residuals of y on entity effects and x with slopes common to all.

    NaN where y or an x is missing.

    Raises
    ------
    InfeasibleError
        Where x does not vary within entities, is collinear, or explains y exactly; too few rows.
    """
    if x is None:
        return y.series
    valid = y.complete & x.complete
    within_y, within_x = demean(y.series, valid), demean(x.values, valid)
    size = np.sqrt((within_x**2).sum((0, 1)) / np.maximum((np.where(valid[..., None], x.values, 0.0) ** 2).sum((0, 1)),
                                                          np.finfo(float).tiny))
    if (still := np.flatnonzero(size <= 1e-13)).size:
        raise InfeasibleError(f"{asked}: {first_of(x.variables[k] for k in still)} does not vary within entities, "
                              "so that fixed effects take all of it; leave it out")
    n, t, k = within_x.shape
    try:
        _, _, resid, _ = ols(within_y.reshape(1, n * t), within_x.reshape(1, n * t, k), valid.reshape(1, n * t))
    except Collinear:
        raise InfeasibleError(f"{asked}: within entities, {first_of(x.variables, 12)} are collinear; "
                              "leave one out") from None
    except TooShort:
        raise InfeasibleError(f"{asked}: {int(valid.sum())} complete rows do not identify {k} slopes; "
                              "use more periods or fewer x") from None
    _refuse_exact(asked, y, resid.reshape(n, t), valid)
    return np.where(valid, resid.reshape(n, t), np.nan)


def _refuse_exact(asked: str, y: Panel, resid: Array, valid: Mask) -> None:
    size = np.sqrt((demean(y.series, valid) ** 2).sum(1))
    exact = np.flatnonzero(np.sqrt((resid**2).sum(1)) <= EXACT * size)
    if exact.size:
        raise InfeasibleError(f"{asked}: x explains {y.name} exactly in {exact.size} of {y.n_entities} entities "
                              f"({first_of(y.entities[i] for i in exact)}): there is no residual to test")
