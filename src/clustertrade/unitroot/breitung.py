"""Breitung's panel unit-root test, and its version robust to dependence between entities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from clustertrade.batch.helmert import helmert
from clustertrade.batch.lags import diff, lag_columns
from clustertrade.batch.lagselect import choose_order
from clustertrade.batch.ols import Array, BatchError, Collinear, Mask, ols
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult
from clustertrade.unitroot.resampling import LEVELS, bootstrapped, over_replications, walk_panels


def _needs(options: Mapping[str, Any]) -> Needs:
    lags = options["lags"] if isinstance(options["lags"], int) else options["max_lags"] or 0
    return Needs(n=2, t=2 * lags + (options["trend"] == "ct") + 4, balanced=options["cov"] != "unadjusted", within=True)


@procedure(
    "breitung",
    family="unitroot",
    title="Breitung panel unit root test",
    null="every entity has a unit root",
    alternative="every entity is stationary, with a common autoregressive root",
    reference="breitung2000",
    needs=_needs,
    choices={"cov": ("unadjusted", "robust", "pcse")},
    checked="no independent reference: statistics without lags computed by hand from the formula (1e-10). "
            "Size at 5 %, lags by AIC, N=20, T=50, independent walks: 0.06 (n), 0.05 (c), 0.04 (ct); N=25, T=22: 0.05, "
            "0.06, 0.02; power against a root of 0.9 there: 1.00, 0.81, 0.07. With autocorrelated differences and a "
            "trend it rejects too seldom (0.02). Under a common factor 0.2 to 0.5, with --bootstrap 0.03 to 0.06.",
)
def breitung(y: Panel, *, trend: str = "c", lags: int | str = "aic", max_lags: int | None = None,
             cov: str = "unadjusted", demean: bool = False, bootstrap: int = 0,
             seed: int = 20260101) -> TestResult:
    r"""Unit root in a panel without bias terms: regressors and errors are transformed to be orthogonal under the null.

    .. math:: \lambda = \frac{\sum_i\hat\sigma_i^{-2}\sum_t x_{it}e_{it}}
        {\sqrt{\sum_i\hat\sigma_i^{-2}\sum_t x_{it}^2}}\to N(0,1)

    over the prewhitened series :math:`w_{it} = y_{it} - \sum_j\hat\psi_{ij}y_{i,t-j}`, :math:`\hat\psi_i` from the
    regression of the differences on p of their lags (and a constant, with trend), :math:`\hat\sigma_i^2` its residual
    variance.  Without constant :math:`x_{it} = w_{i,t-1}, e_{it} = \Delta w_{it}`; with one
    :math:`x_{it} = w_{i,t-1} - w_{i0}`; with trend :math:`x_{it} = w_{i,t-1} - w_{i0} - \frac{t-1}{T}(w_{iT} - w_{i0})`
    and :math:`e_{it} = \sqrt{\tfrac{T-t}{T-t+1}}\,(\Delta w_{it} - \tfrac1{T-t}\sum_{s>t}\Delta w_{is})`.

    With lags the sum of squares in the denominator is that of x less its projection on the lagged differences, to
    which the residuals are orthogonal; the papers leave this term, which vanishes in large T, out, and the test then
    rejects far too seldom in short panels.

    Parameters
    ----------
    y : Panel of one variable
        Entities may have different periods, with ``cov`` unadjusted.
    trend : n, c or ct
        Deterministic terms, one set an entity.
    lags : int, or aic, bic, hqic, t
        Lagged differences p of the prewhitening, of each entity by a criterion.
    max_lags : int, optional
        Largest order that a criterion may choose; by default floor(4 (T/100)^(2/9)) of the shortest entity.
    cov : unadjusted, robust or pcse
        robust (the same as pcse): the variance of the numerator is :math:`\sum_t x_t'\hat\Omega x_t` with the
        cross-sectional covariance of the residuals (Breitung and Das 2005), against weak dependence between entities;
        common factors are beyond it, and it needs many more periods than entities.
    demean : bool
        Subtract cross-sectional means first.
    bootstrap : int
        Replications; 0 for none.  Then p and critical values are those of panels of random walks whose steps are drawn
        from autoregressions by whole cross-sections (a sieve; Smeekes and Urbain 2014), lag orders chosen anew in each;
        they hold under common factors too.  The p of the limit stands in ``details.pvalues_asymptotic``.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    TestResult
        ``lambda`` with lower-tail p.  Details: ``coefficient`` of the pooled regression of e on x; ``entities``:
        ``entity``, ``lags``, ``sigma2``, ``nobs``.

    Raises
    ------
    InfeasibleError
        Fewer than two entities; too few periods for the lags; unbalanced data with robust ``cov``.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> noise = np.random.default_rng(1).standard_normal((20, 30))
    >>> frame = pd.DataFrame({"i": np.repeat(range(20), 30), "t": list(range(30)) * 20, "noise": noise.ravel(),
    ...                       "walk": noise.cumsum(1).ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> breitung(panel["noise"], lags=0).pvalue < 0.01, breitung(panel["walk"], lags=0).pvalue > 0.1
    (True, True)
    """
    y = y.demean() if demean else y
    series, valid = y.series, y.complete
    order = _orders(series, valid, trend, lags, int(max_lags or 0))
    e, x, sigma2, nobs = _orthogonal(series, valid, trend, order)
    coefficient = float((e * x).sum() / (x**2).sum())
    value = float(_ratio(e[None], x[None], order, cov)[0])
    rows = [{"entity": y.entities[i], "lags": int(order[i]), "sigma2": float(sigma2[i]), "nobs": int(nobs[i])}
            for i in range(y.n_entities)]
    statistics: tuple[Statistic, ...] = (Statistic(name="lambda", value=value, pvalue=float(ndtr(value)),
                                                    critical={f"{a:g}": float(ndtri(a)) for a in LEVELS}),)
    details: dict[str, Any] = {}
    if bootstrap:
        def again(walks: Array, b: int) -> Array:
            there = np.tile(valid, (b, 1))
            chosen = _orders(walks, there, trend, lags, int(max_lags or 0))     # as the data's own were chosen
            errors, levels, _, _ = _orthogonal(walks, there, trend, chosen)
            return _ratio(errors.reshape(b, *series.shape), levels.reshape(b, *series.shape), chosen, cov)

        drawn = over_replications(walk_panels(series, valid, trend, bootstrap, seed), again)
        statistics, details = bootstrapped("breitung", statistics, drawn, ("left",))
    return TestResult(
        statistics=statistics,
        nobs=int(nobs.sum()),
        lags=tuple(int(p) for p in order),
        details={**details, "coefficient": coefficient, "entities": rows},
    )


def _ratio(e: Array, x: Array, order: NDArray[np.int_], cov: str) -> Array:
    """lambda of panels of errors and regressors, both (b, N, T)  ->  (b,)."""
    numerator, square = (e * x).sum((1, 2)), (x**2).sum((1, 2))
    if cov != "unadjusted":
        resid = (e - (numerator / square)[:, None, None] * x)[:, :, 1 + int(order.max()):]
        omega = resid @ np.swapaxes(resid, 1, 2) / resid.shape[2]
        square = ((omega @ x) * x).sum((1, 2))
    return np.asarray(numerator / np.sqrt(square))


def _orders(series: Array, valid: Mask, trend: str, lags: int | str, max_lags: int) -> NDArray[np.int_]:
    if not isinstance(lags, str):
        return np.full(len(series), lags)
    dy, inner = diff(series, valid)
    columns, there = lag_columns(dy, inner, range(1, max_lags + 1))
    base = np.ones((*dy.shape, 1 if trend == "ct" else 0))
    return choose_order(dy, base, columns, inner & there, lags)


def _orthogonal(series: Array, valid: Mask, trend: str,
                order: NDArray[np.int_]) -> tuple[Array, Array, Array, NDArray[np.int_]]:
    """Standardised errors and regressors (N, T), zero outside the regression; sigma2 and observations by entity."""
    dy, inner = diff(series, valid)
    e, x = np.zeros_like(series), np.zeros_like(series)
    sigma2, nobs = np.empty(len(series)), np.empty(len(series), dtype=int)
    spans = np.stack([order, np.argmax(valid, 1), valid.sum(1)], 1)
    for p, first, count in np.unique(spans, axis=0):       # entities alike in lags and periods go together
        rows = np.flatnonzero((spans == (p, first, count)).all(1))
        span = slice(first + p + 1, first + count)         # periods of the regression, t = 1 ... T
        n = count - p - 1
        columns, there = lag_columns(dy[rows], inner[rows], range(1, p + 1))
        terms = np.concatenate([columns, np.ones((*columns.shape[:2], int(trend == "ct")))], -1)
        sample = inner[rows] & there
        if terms.shape[-1]:
            try:
                beta, _, resid, df = ols(dy[rows], terms, sample)
            except BatchError as wrong:
                raise type(wrong)(rows[wrong.rows]) from None
        else:
            beta, resid, df = np.zeros((len(rows), 0)), np.where(sample, dy[rows], 0.0), sample.sum(1)
        variance = (resid**2).sum(1) / df
        if (exact := variance <= 1e-22 * np.where(sample, dy[rows] ** 2, 0.0).sum(1)).any():
            raise Collinear(rows[exact])
        lagged = np.stack([series[rows, first + p - j: first + count - j] for j in range(p + 1)], -1)   # (b, n + 1, .)
        w = lagged[..., 0] - np.einsum("btj,bj->bt", lagged[..., 1:], beta[:, :p])
        z = w[:, :-1] if trend == "n" else w[:, :-1] - w[:, :1]
        if trend == "ct":
            z = z - np.arange(n) / n * (w[:, -1:] - w[:, :1])
            z = z[:, :-1] @ helmert(n)                     # sum of z times resid = sum of x times e, both transformed
        if p:
            q = np.linalg.qr(terms[:, span])[0]
            z = z - np.einsum("btk,bsk,bs->bt", q, q, z, optimize=True)
        scale = np.sqrt(variance)[:, None]
        e[rows, span], x[rows, span] = resid[:, span] / scale, z / scale
        sigma2[rows], nobs[rows] = variance, n
    return e, x, sigma2, nobs
