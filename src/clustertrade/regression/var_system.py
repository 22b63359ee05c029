"""The rows of a panel VAR, and the criteria that choose its order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc

from clustertrade.batch import dynamic
from clustertrade.batch import panel_var as algebra
from clustertrade.batch.ols import Array, Mask
from clustertrade.errors import InfeasibleError
from clustertrade.panel import Panel
from clustertrade.regression.dynamic_panel import limits

if TYPE_CHECKING:
    import pandas as pd

HANNAN_QUINN = 2.1                                         # the constant above 2 of Andrews and Lu's MQIC


def instrument_lags(text: str | None, largest: int) -> tuple[int, int]:
    """First and last lag; by default from 2, one more lag than the largest order and four at least."""
    if text is None:
        return 2, max(largest + 2, 5)
    return limits(text, ["y"])["y"]


def system(values: Array, p: int, by_gmm: bool, lags: tuple[int, int], collapse: bool,
           skip: int = 0) -> tuple[algebra.System, Mask]:
    """Rows of a VAR(p) and which entities have some: values (N, T, m); the first ``skip`` further lags are lost too.

    GMM takes forward orthogonal deviations, least squares deviations from entity means.

    Raises
    ------
    InfeasibleError
        No entity has two rows.
    """
    m = values.shape[2]
    reach = [dynamic.lagged(values, k) for k in range(1, p + skip + 1)]
    valid: Mask = np.asarray(np.isfinite(np.concatenate([values, *reach], 2)).all(2))
    used = valid.sum(1) > 1
    if not used.any():
        raise InfeasibleError(f"panel-var: no entity has two rows with {p + skip} lags; use a lower --order or "
                              "--max-lags")
    valid, values = valid[used], values[used]
    y = np.where(valid[..., None], values, 0.0)
    x = np.where(valid[..., None], np.concatenate([r[used] for r in reach[:p]], 2), 0.0)
    if by_gmm:
        root = dynamic.deviations(valid)
        rows: Mask = np.asarray(root.any(2))
        scale = np.nanstd(values.reshape(-1, m), 0)
        z = np.concatenate([dynamic.lag_instruments(values[:, :, j] / scale[j], rows, *lags, collapse)
                            for j in range(m)], 2)
        return algebra.System(root @ y, root @ x, z, rows), used
    return within_entities(y, x, valid), used


def within_entities(y: Array, x: Array, valid: Mask) -> algebra.System:
    """Deviations of y (N, T, m) and x (N, T, K), zero where not valid, from the means of the entities."""
    count = valid.sum(1)[:, None, None]
    y, x = (np.where(valid[..., None], a - a.sum(1, keepdims=True) / count, 0.0) for a in (y, x))
    return algebra.System(y, x, x[:, :, :0], valid, lost=1)


def hansen(data: algebra.System, fit: algebra.Fitted) -> dict[str, Any] | None:
    """J of the one estimate of a system by GMM: statistic, df, pvalue; None of least squares."""
    if fit.j is None:
        return None
    df = data.y.shape[2] * (data.z.shape[2] - data.x.shape[2])
    return {"statistic": float(fit.j[0]), "df": df, "pvalue": float(chdtrc(df, fit.j[0])) if df else None}


def observed(panel: Panel, used: Mask, data: algebra.System, beta: Array) -> pd.DataFrame:
    """A row a row of the first equation: entity, time, resid, fitted; ``used`` (N,) are the entities of the system."""
    import pandas as pd

    entity, time = np.nonzero(data.rows)
    fitted = (data.x @ beta)[..., 0]
    labels = np.array([e for e, u in zip(panel.entities, used, strict=True) if u])
    return pd.DataFrame({panel.entity_name or "entity": labels[entity],
                         panel.time_name or "time": np.array(panel.times)[time],
                         "resid": (data.y[..., 0] - fitted)[entity, time], "fitted": fitted[entity, time]})


def criteria(values: Array, largest: int, by_gmm: bool, lags: tuple[int, int], collapse: bool,
             clustered: bool = False) -> list[dict[str, Any]]:
    """A row an order 1 ... largest, all on the rows and with the instruments that the largest allows.

    GMM: J and Andrews and Lu's (2001) J - c(n) df with c(n) = ln n, 2, 2.1 ln ln n; least squares: ln det Omega + c(n)
    p m^2 / n.  ``cd`` is 1 - det Omega / det of the covariance of the dependent variables.
    """
    found = []
    for p in range(1, largest + 1):
        data, used = system(values, p, by_gmm, lags, collapse, largest - p)
        n, m = data.n, values.shape[2]
        if by_gmm and data.z.shape[2] < p * m:
            continue
        one = np.ones((1, int(used.sum())))
        penalty = {"BIC": np.log(n), "AIC": 2.0, "HQIC": HANNAN_QUINN * np.log(np.log(n))}
        total = np.einsum("nrj,nrl->jl", data.y, data.y)
        if by_gmm:
            fitted = algebra.gmm(data, one, 2, clustered)
            assert fitted.j is not None
            j, df = float(fitted.j[0]), m * (data.z.shape[2] - p * m)
            resid = data.y - data.x @ fitted.beta[0]
            row = {"J": j, "df": df, "pvalue": float(chdtrc(df, j)) if df else None,
                   "MBIC": j - penalty["BIC"] * df, "MAIC": j - penalty["AIC"] * df, "MQIC": j - penalty["HQIC"] * df}
        else:
            fitted = algebra.least_squares(data, one, correct=False)
            resid = data.y - data.x @ fitted.beta[0]
            size = float(np.linalg.slogdet(np.einsum("nrj,nrl->jl", resid, resid) / n)[1])
            row = {key: size + c * p * m * m / n for key, c in {**penalty, "HQIC": 2 * np.log(np.log(n))}.items()}
        share = np.exp(np.linalg.slogdet(np.einsum("nrj,nrl->jl", resid, resid))[1] - np.linalg.slogdet(total)[1])
        found.append({"order": p, **row, "cd": float(1 - share), "nobs": n})
    if not found:
        raise InfeasibleError("panel-var: no order has as many instruments as coefficients; allow more lags "
                              "(--gmm-lags)")
    return found
