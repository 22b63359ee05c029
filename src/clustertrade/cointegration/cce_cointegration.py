"""The test of Banerjee and Carrion-i-Silvestre: is what common correlated effects leave of y - x b integrated?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from clustertrade.batch.adf import AdfRegressions, adf_beside_means
from clustertrade.batch.bootstrap import batches, pvalue
from clustertrade.batch.ols import Array, BatchError
from clustertrade.batch.trend import TERMS, deterministic_columns
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression.integration import stationary_levels
from clustertrade.results import Statistic, TestResult

LEVELS = (0.1, 0.05, 0.01)


def _means(options: Mapping[str, Any]) -> int:
    """How many averages stand beside each entity: that of the residuals and those of the first factors - 1 x."""
    if isinstance(options["factors"], str) or not 1 <= options["factors"] <= 1 + len(options["x"]):
        raise UsageError(f"cce-cointegration --factors {options['factors']}: a number from 1 to "
                         f"{1 + len(options['x'])}, one more than there are x")
    return int(options["factors"])


def _needs(options: Mapping[str, Any]) -> Needs:
    q, d, m = _means(options), TERMS[options["trend"]], len(options["x"])
    p = options["lags"] if isinstance(options["lags"], int) else int(options["max_lags"] or 0)
    return Needs(n=5, t=max(p + 3 + d + 2 * q + p * (1 + q), d + 2 * m + 3), balanced=True, within=True)


@procedure(
    "cce-cointegration",
    family="cointegration",
    title="Banerjee-Carrion-i-Silvestre panel cointegration test with common factors",
    null="y and x are not cointegrated in any entity, common factors aside",
    alternative="in some entities they are",
    reference="banerjee_carrion2017",
    needs=_needs,
    choices={"pooling": ("pooled", "group")},
    checked="The simulated law has the printed critical values for as many factors as observables (tables III and IV, "
            "0.03); those printed for one factor (I, II) lie 0.03 to 0.1 below it. Size at 5 %, one integrated factor "
            "in y and x, endogenous x, trend c: 0.05 at N=25, T=22, 0.04 at N=25, T=50, 0.05 at N=10, T=22 and T=50, "
            "without a factor 0.03 to 0.05; power against adjustment -0.2 behind the factor: 0.34, 0.99, 0.16, 0.84.",
)
def cce_cointegration(y: Panel, x: Panel | None = None, *, trend: str = "c", lags: int | str = 1,
                      max_lags: int | None = None, factors: int = 1, pooling: str = "pooled", bootstrap: int = 999,
                      seed: int = 20260101) -> TestResult:
    r"""No cointegration where strong common factors make entities dependent.

    .. math:: \hat e_{it} = y_{it} - x_{it}'\hat\beta_{CCE} - \hat\alpha_i'd_t,\qquad
        \Delta\hat e_{it} = b_i\hat e_{i,t-1} + c_i'\bar z_{t-1} + \sum_{j=0}^p d_{ij}'\Delta\bar z_{t-j}
        + \sum_{j=1}^p \delta_{ij}\Delta\hat e_{i,t-j} + \gamma_i'd_t + v_{it},\qquad
        CADF_P = \tfrac1N \sum_i t_i(\hat b_i)

    with the means :math:`\bar z_t` of the residuals over entities and, where there are more factors, of the first of
    the x.  The slopes are those of common correlated effects; the residuals keep the factors, which the means take
    out in the second step.  Factors may be integrated: what is tested is the rest.

    Parameters
    ----------
    y : Panel of one variable
        All entities over the same periods (``--balanced trim`` otherwise).
    x : Panel of regressors, optional
        Each must vary within every entity, and differ between entities.  Without any, it is Pesaran's CIPS of y.
    trend : n, c or ct
        Deterministic terms of each entity.
    lags : int, or aic, bic, hqic, t
        Lagged differences p, of the entity and of the means; a criterion chooses for each entity.
    max_lags : int, optional
        Largest order that a criterion may choose.
    factors : int
        Common factors, from 1 to one more than there are x.
    pooling : pooled or group
        Slopes: pooled (CCEP), or the mean of the entities' own (CCEMG).
    bootstrap : int
        Panels of independent random walks of this size that are tested in the same way, lags chosen again: p and
        critical values are those of the statistic in them.  With 0 there are none.
    seed : int
        Seed of the walks.

    Returns
    -------
    TestResult
        ``CADF_P``: small values reject.  Residual variances are divided by T less the number of regressors, as in the
        authors' program and its tables III and IV.  Details: ``slopes``,
        ``replications``, ``entities``: ``entity``, ``lags``, ``nobs``, ``coef``, ``t``.

    Raises
    ------
    UsageError
        More factors than averages.
    InfeasibleError
        Unbalanced data, fewer than five entities, too few periods, x that are collinear beside their averages.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> factor = rng.standard_normal(50).cumsum()
    >>> x = rng.uniform(0, 2, (12, 1)) * factor + rng.standard_normal((12, 50)).cumsum(1)
    >>> y = x + rng.uniform(0, 2, (12, 1)) * factor + rng.standard_normal((12, 50))
    >>> frame = pd.DataFrame({"i": np.repeat(range(12), 50), "t": list(range(50)) * 12, "y": y.ravel(), "x": x.ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> cce_cointegration(panel["y"], panel["x"], bootstrap=199).pvalue
    0.005
    """
    most = int(max_lags or 0)
    right, names = (np.zeros((*y.series.shape, 0)), ()) if x is None else (x.values, x.variables)
    slopes, resid = leftover(y.series[None], right[None], trend, pooling)
    if not np.isfinite(slopes).all():
        raise InfeasibleError("cce-cointegration: x are collinear beside the averages, or the same for all entities")
    fit = cadf(resid, right[None], trend, lags, most, factors)
    t = scaled(fit, y.n_periods)
    value = float(t.mean())
    details: dict[str, Any] = {"slopes": dict(zip(names, slopes[0].tolist(), strict=True))}
    statistic = Statistic(name="CADF_P", value=value, pvalue=None)
    warnings: tuple[str, ...] = ()
    if bootstrap:
        drawn = null_law(y.n_entities, y.n_periods, len(names), trend, lags, most, factors, pooling, bootstrap, seed)
        details["replications"] = len(drawn)
        statistic = Statistic(name="CADF_P", value=value, pvalue=pvalue(value, drawn, "left"),
                              critical={f"{a:g}": float(np.quantile(drawn, a)) for a in LEVELS})
    else:
        warnings = ("no p-value: the law of CADF_P is simulated, --bootstrap 999",)
    details["entities"] = [{"entity": e, "lags": int(fit.lags[i]), "nobs": int(fit.nobs[i]), "coef": float(fit.coef[i]),
                            "t": float(t[i])} for i, e in enumerate(y.entities)]
    return TestResult(statistics=(statistic,), nobs=int(fit.nobs.sum()), lags=tuple(fit.lags.tolist()), details=details,
                      warnings=(*warnings, *([] if x is None else stationary_levels(y.join(x), trend))))


def leftover(y: Array, x: Array, trend: str, pooling: str) -> tuple[Array, Array]:
    """CCE slopes (B, K) of panels and y less x times these and deterministic terms, (B, N, T).

    y (B, N, T), x (B, N, T, K); slopes that cannot be computed are not numbers.
    """
    b, _, t, k = x.shape
    terms = deterministic_columns(trend, np.ones((1, t), dtype=bool))[0]                        # (T, d)
    q = np.linalg.qr(terms)[0] if terms.shape[1] else terms

    def within(a: Array) -> Array:                                                              # (..., T, M)
        return a - q @ (np.swapaxes(q, 0, 1) @ a)

    z = within(np.concatenate([y[..., None], x], -1))
    if not k:
        return np.zeros((b, 0)), z[..., 0]
    size = np.sqrt((z**2).mean((1, 2), keepdims=True))
    z = z / np.where(size > 0, size, 1.0)
    basis = np.linalg.qr(z.mean(1))[0]                                                          # (B, T, 1 + K)
    free = z - np.einsum("btm,bnmc->bntc", basis, np.einsum("btm,bntc->bnmc", basis, z))
    left, right = free[..., 0], free[..., 1:]
    square, cross = np.einsum("bntk,bntl->bnkl", right, right), np.einsum("bntk,bnt->bnk", right, left)
    if pooling == "pooled":
        square, cross = square.sum(1), cross.sum(1)
    bad = np.linalg.eigvalsh(square)[..., 0] <= 1e-14 * t
    safe = np.where(bad[..., None, None], np.eye(k), square)
    slopes = np.where(bad[..., None], np.nan, np.linalg.solve(safe, cross[..., None])[..., 0])
    slopes = slopes if pooling == "pooled" else slopes.mean(1)
    resid = z[..., 0] - np.einsum("bntk,bk->bnt", z[..., 1:], slopes)
    scale = size[:, 0, 0]
    return slopes * scale[:, :1] / np.where(scale[:, 1:] > 0, scale[:, 1:], 1.0), resid * size[:, :, :, 0]


def cadf(resid: Array, x: Array, trend: str, lags: int | str, max_lags: int, factors: int) -> AdfRegressions:
    """Regressions of resid (B, N, T) beside its mean over entities and those of the first factors - 1 x."""
    means = np.concatenate([resid.mean(1)[..., None], x[..., : factors - 1].mean(1)], -1)       # (B, T, Q)
    return adf_beside_means(resid, means, trend, lags, max_lags)


def scaled(fit: AdfRegressions, periods: int) -> Array:
    """t with the residual variance divided by T less the number of regressors."""
    return np.asarray(fit.t * np.sqrt((periods - (fit.nobs - fit.df)) / fit.df))


@lru_cache(maxsize=8)
def null_law(n: int, t: int, k: int, trend: str, lags: int | str, max_lags: int, factors: int, pooling: str,
             replications: int, seed: int) -> Array:
    """Sorted statistics of that many panels of independent random walks, read-only."""
    rng = np.random.default_rng(seed)
    out = []
    for b in batches(replications, n * t * (1 + k) * 8):
        walks = rng.standard_normal((b, n, t, 1 + k)).cumsum(2)
        try:
            resid = leftover(walks[..., 0], walks[..., 1:], trend, pooling)[1]
            out.append(scaled(cadf(resid, walks[..., 1:], trend, lags, max_lags, factors), t).reshape(b, n).mean(1))
        except BatchError:                                     # of measure zero
            continue
    found = np.sort(np.concatenate(out))
    found.flags.writeable = False
    return found
