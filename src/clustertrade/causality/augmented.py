"""Lag-augmented autoregressions in levels, and the leveraged bootstrap of their Wald statistics."""

from __future__ import annotations

import numpy as np

from clustertrade.batch.lags import lag_columns
from clustertrade.batch.ols import Array, Collinear, Mask, TooShort, ols
from clustertrade.batch.trend import deterministic, deterministic_columns
from clustertrade.causality.regression import Design, design

CELLS = 2_000_000                                          # numbers of the regressors in one batch of replications


def augmented_design(levels: Array, valid: Mask, order: int, integration: int, trend: str) -> Design:
    """The regression of the first variable on ``order + integration`` lags of all; lags 1 ... order are the causes.

    levels (B, T, 1 + M), valid (B, T)  ->  Design, whose ``own`` ends with lags order + 1 ... of the causes
    """
    whole = design(levels[..., 0], levels[..., 1:], valid, order + integration, trend)
    tested = (levels.shape[-1] - 1) * order
    return Design(whole.effect, np.concatenate([whole.own, whole.causes[..., tested:]], -1),
                  whole.causes[..., :tested], whole.valid)


def system_criterion(levels: Array, valid: Mask, max_lags: int, criterion: str, trend: str) -> Array:
    """The criterion of the vector autoregression with 1 ... max_lags lags on the sample that max_lags leaves: (B, P).

    levels (B, T, M), valid (B, T); n log det(S) + 2 k, k log n or 2 k log log n with k the coefficients of all
    equations and S the residual covariance, divisor n.
    """
    m = levels.shape[-1]
    lagged, there = lag_columns(levels, valid, range(1, max_lags + 1))
    there = there & valid
    n = there.sum(1).astype(float)
    z = np.concatenate([deterministic_columns(trend, valid), lagged], -1)
    z, y = np.where(there[..., None], z, 0.0), np.where(there[..., None], levels, 0.0)
    first = z.shape[-1] - lagged.shape[-1]
    if (short := np.flatnonzero(n <= z.shape[-1] + m - 1)).size:
        raise TooShort(short)
    size = np.sqrt((z**2).sum(1))
    q, r = np.linalg.qr(z / np.where(size > 0, size, 1.0)[:, None, :])
    if (bad := np.flatnonzero((np.abs(np.diagonal(r, axis1=1, axis2=2)) <= 1e-10).any(1))).size:
        raise Collinear(bad)
    loading = q.swapaxes(1, 2) @ y                                                     # (B, K, M)
    moment = y.swapaxes(1, 2) @ y
    weight = {"aic": np.full_like(n, 2.0), "bic": np.log(n), "hqic": 2 * np.log(np.log(n))}[criterion]
    out = []
    for k in range(1, max_lags + 1):
        used = loading[:, : first + k * m]
        left = (moment - used.swapaxes(1, 2) @ used) / n[:, None, None]
        out.append(n * np.linalg.slogdet(left)[1] + weight * m * (first + k * m))
    return np.stack(out, -1)


def leveraged_wald(levels: Array, order: int, integration: int, trend: str, restriction: Array, replications: int,
                   seed: int) -> Array:
    """Wald statistics (replications,) of the lag-augmented regression under the null (Hacker and Hatemi-J 2006).

    levels (T, 1 + M) of one unit, the effect first; restriction (R, M * order) on the lags of the causes.

    1. The autoregression of order K without lags of the causes in the first equation; each residual divided by
       sqrt(1 - leverage) in its own equation.
    2. Residuals drawn by periods, all equations together, and centred.
    3. Series grow from the first K + D values; the augmented regression gives the statistic.

    A replication is NaN where a series overflows.
    """
    t, width = levels.shape
    start = order + integration
    beta, modified = _restricted(levels, order, trend)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(modified), (replications, t - start))
    fixed = deterministic(trend, t) @ beta[: deterministic(trend, t).shape[1]]         # (T, 1 + M)
    slopes = beta[deterministic(trend, t).shape[1]:].reshape(order, width, width)      # lag, regressor, equation
    step = max(CELLS // (t * (width * start + 3)), 1)
    out = np.empty(replications)
    for first in range(0, replications, step):
        errors = modified[drawn[first:first + step]]                                   # (R, T - K - D, 1 + M)
        errors = errors - errors.mean(1, keepdims=True)
        series = np.empty((len(errors), t, width))
        series[:, :start] = levels[:start]
        with np.errstate(over="ignore", invalid="ignore"):
            for s in range(start, t):
                series[:, s] = fixed[s] + errors[:, s - start] + sum(
                    series[:, s - k] @ slopes[k - 1] for k in range(1, order + 1))
        out[first:first + step] = wald_statistics(series, order, integration, trend, restriction)
    return out


def wald_statistics(series: Array, order: int, integration: int, trend: str, restriction: Array,
                    valid: Mask | None = None) -> Array:
    """The Wald statistic of the augmented regression of every row: series (R, T, 1 + M)  ->  (R,).

    No row of the restriction may mix causes, for each series is brought to unit variance.  NaN where a series is not
    finite or lags are collinear.
    """
    there = np.ones(series.shape[:2], dtype=bool) if valid is None else valid
    fine: Mask = np.asarray(np.isfinite(series).all((1, 2)))
    z, cells = np.where(there[fine][..., None], series[fine], 0.0), there[fine][..., None]
    count = np.maximum(cells.sum(1, keepdims=True), 1)
    with np.errstate(all="ignore"):
        centred = np.where(cells, z - z.sum(1, keepdims=True) / count, 0.0)
        spread = np.sqrt((centred**2).sum(1, keepdims=True) / count)
        z = (z if trend == "n" else centred) / spread
    usable = np.isfinite(z).all((1, 2))
    fine[fine] = usable
    regression = augmented_design(z[usable], cells[usable, :, 0], order, integration, trend)
    x = np.where(regression.valid[..., None], np.concatenate([regression.own, regression.causes], -1), 0.0)
    effect, own = np.where(regression.valid, regression.effect, 0.0), regression.own.shape[-1]
    q, r = np.linalg.qr(x)
    loading = (q.swapaxes(1, 2) @ effect[..., None])[..., 0]                           # (R, K)
    ssr = np.maximum((effect**2).sum(1) - (loading**2).sum(1), 0.0)
    corner = r[:, own:, own:]                                                          # of the lags that are tested
    out = np.full(len(series), np.nan)
    with np.errstate(all="ignore"):
        good = np.abs(np.diagonal(corner, axis1=1, axis2=2)).min(1) > 1e-12
        inverse = np.linalg.inv(np.where(good[:, None, None], corner, np.eye(corner.shape[1])))
        half = restriction @ inverse                                                   # (R, restrictions, tested)
        gap = half @ loading[:, own:, None]
        inner = np.linalg.solve(half @ half.swapaxes(1, 2), gap)
        wald = (gap * inner).sum((1, 2)) / (ssr / (regression.valid.sum(1) - x.shape[2]))
    out[fine] = np.where(good, wald, np.nan)
    return out


def _restricted(levels: Array, order: int, trend: str) -> tuple[Array, Array]:
    """Coefficients (terms + (1 + M) order, 1 + M) of the autoregression under the null, and its modified residuals."""
    t, width = levels.shape
    lagged = np.concatenate([levels[order - k: t - k] for k in range(1, order + 1)], 1)
    terms = deterministic(trend, t)[order:]
    z, y = np.concatenate([terms, lagged], 1), levels[order:]
    beta = np.zeros((z.shape[1], width))
    modified = np.empty_like(y)
    causes = np.arange(z.shape[1]) >= terms.shape[1]
    causes &= (np.arange(z.shape[1]) - terms.shape[1]) % width != 0
    for which, keep in ((slice(0, 1), ~causes), (slice(1, width), np.ones_like(causes))):
        if not keep.any():
            modified[:, which] = y[:, which]
            continue
        every = np.broadcast_to(z[:, keep], (y[:, which].shape[1], len(z), int(keep.sum())))
        coef, _, resid, _ = ols(y[:, which].T, every, np.ones(every.shape[:2], dtype=bool))
        q = np.linalg.qr(z[:, keep] / np.sqrt((z[:, keep] ** 2).sum(0)))[0]
        left = np.maximum(1 - (q**2).sum(1), 1e-8)                                     # one minus the leverage
        beta[keep, which] = coef.T
        modified[:, which] = resid.T / np.sqrt(left)[:, None]
    return beta, modified
