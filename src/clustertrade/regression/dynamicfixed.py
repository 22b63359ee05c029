"""Dynamic fixed effects: one error-correction model for all entities, with an intercept of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clustertrade.panel import Array, Panel
from clustertrade.regression import models
from clustertrade.regression.errorcorrection import ErrorCorrection
from clustertrade.regression.fit import Fit
from clustertrade.regression.rows import CONSTANT, rows_of
from clustertrade.regression.sandwich import Inference, covariance


@dataclass(frozen=True)
class DynamicFixed:
    """Long-run slopes, ``ec``, short run and constant by delta method: names, value (P,), matrix (P, P)."""

    names: tuple[str, ...]
    value: Array
    matrix: Array
    inference: Inference
    fit: Fit


def dynamic_fixed(asked: str, y: Panel, x: Panel, model: ErrorCorrection, effects: str,
                  options: Mapping[str, Any]) -> DynamicFixed:
    """Within regression of d.y on y(-1), x and the short run; long run -beta/phi.

    Raises
    ------
    InfeasibleError
        Regressors that the effects absorb, no degrees of freedom, a perfect fit.
    """
    k, level = x.n_variables, f"L1.{y.name}"
    z = np.concatenate([model.change[..., None], model.level[..., None], model.x, model.short], -1)
    panel = y.with_values(np.where(model.valid[..., None], z, np.nan),
                          (f"d.{y.name}", level, *x.variables, *model.short_names))
    rows = rows_of(panel[f"d.{y.name}"], panel[[level, *x.variables, *model.short_names]])
    fit = models.within(asked, rows, effects)
    inference = covariance(fit, options)
    at = [fit.names.index(n) for n in (*x.variables, level, *model.short_names, CONSTANT)]
    b, v = fit.beta[at], inference.matrix[np.ix_(at, at)]
    phi = b[k]
    jacobian = np.eye(len(b))
    jacobian[:k, :k] = -np.eye(k) / phi
    jacobian[:k, k] = b[:k] / phi**2
    value = b.copy()
    value[:k] = -b[:k] / phi
    return DynamicFixed((*x.variables, "ec", *model.short_names, CONSTANT), value, jacobian @ v @ jacobian.T,
                        inference, fit)
