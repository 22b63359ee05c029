"""Kao's residual-based tests of cointegration in panels with a common relation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from clustertrade.batch.adf import fewest_periods
from clustertrade.batch.lags import diff, lag, lag_columns
from clustertrade.batch.lagselect import choose_order
from clustertrade.batch.longrun import long_run, newey_west_1994
from clustertrade.batch.ols import Array, Collinear, Mask, ols
from clustertrade.batch.trend import demean as within
from clustertrade.cointegration.pedroni import NORMAL
from clustertrade.cointegration.unit_regressions import entity_rows, unit_regressions
from clustertrade.errors import InfeasibleError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression.integration import stationary_levels
from clustertrade.results import Statistic, TestResult


def _needs(options: Mapping[str, Any]) -> Needs:
    lags = options["lags"] if isinstance(options["lags"], int) else options["max_lags"] or 0
    return Needs(n=2, t=fewest_periods("n", lags) + len(options["x"]) + 2, balanced=True, within=True)


@procedure(
    "kao",
    family="cointegration",
    title="Kao panel cointegration tests",
    null="no cointegration in any entity",
    alternative="cointegration in every entity, with a common relation and a common root of the error",
    reference="kao1999",
    needs=_needs,
    choices={"trend": ("c",)},
    checked="no independent reference for ADF, MDF and DF: rho, t and the ADF t agree with a coding in R to 1e-10, "
            "and so do UMDF and UDF; the adjustment is as printed. Size at 5 % with one x and the defaults, "
            "independent walks, 1000 draws, at N=20, T=50: ADF 0.08, MDF 0.07, DF 0.06, UMDF 0.12, UDF 0.10 (UMDF "
            "is outside of 0.02-0.10); at N=25, T=22: 0.07, 0.04, 0.07, 0.11, 0.10, and power against a root of "
            "0.8: 0.83, 0.97, 0.88, 1.00, 1.00. With serial correlation in the differences (0.4) the printed ADF "
            "rejects 0.37 of true nulls at N=20, T=50 and more with larger N, because both the lags and the ratio "
            "of variances correct for it; adf_own in the details (0.08) does not depend on that ratio.",
)
def kao(y: Panel, x: Panel, *, trend: str = "c", lags: int | str = "aic", max_lags: int | None = None,
        kernel: str = "bartlett", bandwidth: int | str = "auto", demean: bool = False) -> TestResult:
    r"""No cointegration between y and the x, by the residuals of one regression with fixed effects.

    With :math:`\hat e_{it}` the residuals of :math:`y_{it} = \alpha_i + x_{it}'\beta + e_{it}` and
    :math:`\hat e_{it} = \rho\hat e_{i,t-1} + \sum_j\phi_j\Delta\hat e_{i,t-j} + v_{it}`,

    .. math:: ADF = \frac{t_{ADF} + \sqrt{6N}\,\hat\sigma_v/(2\hat\sigma_{0v})}
        {\sqrt{\hat\sigma_{0v}^2/(2\hat\sigma_v^2) + 3\hat\sigma_v^2/(10\hat\sigma_{0v}^2)}} \to N(0, 1)

    Parameters
    ----------
    y : Panel of one variable
    x : Panel of one or more variables
        The same periods for every entity (``--balanced trim`` otherwise).
    trend : c
        Fixed effects: Kao (1999) has moments for no other case.
    lags : int, or aic, bic, hqic, t
        Lagged differences in the pooled ADF regression.
    max_lags : int, optional
        Largest number that a criterion may choose.
    kernel : bartlett, parzen or qs
        Kernel of the long-run covariance of the differences.
    bandwidth : int or auto
        Its bandwidth; auto is Newey and West (1994) for each entity, on the part of d.y that d.x leaves.
    demean : bool
        Subtract the mean over entities of each period first, against a common time effect.

    Returns
    -------
    TestResult
        ``ADF``; ``MDF`` and ``DF``: DF-rho* and DF-t*, corrected for serial correlation and endogeneity; ``UMDF`` and
        ``UDF``: DF-rho and DF-t, which assume neither.  Small values reject.  Details: ``raw``: rho, t and ADF t;
        ``adf_own``: the ADF statistic with a ratio of variances of one, which is that of the errors of the augmented
        regression; ``coefficients`` of the pooled regression; ``sigma_v2`` and ``sigma_0v2``; ``bandwidths``;
        ``entities``: a row an entity with the coefficients of a regression of its own, the root and the ADF and PP t
        of its residuals, lags, bandwidth; ``convention``.

    Raises
    ------
    InfeasibleError
        Too few periods, unequal periods, y an exact function of x.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> walk = rng.standard_normal((8, 60)).cumsum(1)
    >>> frame = pd.DataFrame({"i": np.repeat(range(8), 60), "t": np.tile(range(60), 8), "x": walk.ravel(),
    ...                       "y": (walk + rng.standard_normal((8, 60))).ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> kao(panel["y"], panel["x"], lags=1)["ADF"].pvalue < 0.01
    True
    """
    both = y.join(x).demean() if demean else y.join(x)
    most = int(max_lags or 0)
    try:
        fit = _pooled(both.values, lags, most, kernel, bandwidth)
    except Collinear:
        raise InfeasibleError(f"kao: {', '.join(x.variables)} are collinear within entities, or {y.name} is an exact "
                              "function of x and the fixed effects: no residual is left") from None
    if not (fit.short > 0 and fit.long > 0):
        raise InfeasibleError("kao: the conditional long-run variance of d.y is not positive; a smaller --bandwidth "
                              "may help")
    own = (fit.t_adf + np.sqrt(6 * fit.n) / 2) / np.sqrt(0.8)                      # the errors of the ADF are white
    ratio = fit.short / fit.long
    warnings = []
    if not 0.8 <= ratio <= 1.25:
        warnings.append(f"the differences are serially correlated (short- over long-run variance {ratio:.2f}): ADF, as "
                        "printed, corrects for it twice; MDF and DF, and details.adf_own, hold their size better")
    units = unit_regressions(both.values[:, :, 0], both.values[:, :, 1:], "c", lags, most, kernel, bandwidth)
    details = {
        "adf_own": {"value": float(own), "pvalue": float(ndtr(own))},
        "raw": {"rho": fit.rho, "t_rho": fit.t_rho, "adf_coef": fit.adf_coef, "t_adf": fit.t_adf,
                "adf_nobs": fit.adf_nobs},
        "coefficients": dict(zip(x.variables, fit.slopes.tolist(), strict=True)),
        "sigma_v2": fit.short, "sigma_0v2": fit.long,
        "bandwidths": dict(zip(y.entities, fit.width.tolist(), strict=True)),
        "convention": f"T is the number of periods; the variance of t-rho divides by N(T - 1) - 1; covariances of the "
                      f"differences of y and x, not centred, divided by N(T - 1), {kernel} kernel within entities; one "
                      "number of lags for all entities",
        "entities": entity_rows(units, y.entities, list(x.variables), "c"),
    }
    return TestResult(
        statistics=tuple(Statistic(name=name, value=z, pvalue=float(ndtr(z)),
                                   critical={level: -cut for level, cut in NORMAL.items()})
                         for name, z in fit.statistics().items()),
        lags=fit.lags, details=details, warnings=(*warnings, *stationary_levels(both)))


@dataclass(frozen=True)
class _Pooled:
    """The regression with fixed effects, the pooled regressions of its residuals, and the variances."""

    n: int
    t: int
    slopes: Array
    rho: float
    t_rho: float
    lags: int
    adf_coef: float
    t_adf: float
    adf_nobs: int
    short: float             # variance of d.y given d.x, and the long-run one
    long: float
    width: Array             # (N,) bandwidths

    def statistics(self) -> dict[str, float]:
        """The five statistics."""
        n, root, ratio = self.n, np.sqrt(self.n), self.short / self.long
        shift = np.sqrt(6 * n * ratio) / 2
        scale = np.sqrt(1 / (2 * ratio) + 3 * ratio / 10)
        level = root * self.t * (self.rho - 1)
        out = {
            "ADF": (self.t_adf + shift) / scale,                                                   # ADF
            "MDF": (level + 3 * root * ratio) / np.sqrt(3 + 36 * ratio**2 / 5),                    # DF-rho*
            "DF": (self.t_rho + shift) / scale,                                                    # DF-t*
            "UMDF": (level + 3 * root) / np.sqrt(10.2),                                            # DF-rho, eq. 11
            "UDF": np.sqrt(1.25) * self.t_rho + np.sqrt(1.875 * n),                                # DF-t, eq. 12
        }
        return {name: float(value) for name, value in out.items()}


def _pooled(values: Array, lags: int | str, max_lags: int, kernel: str, bandwidth: int | str) -> _Pooled:
    """Everything pooled: values (N, T, 1 + M) of y and x, balanced."""
    n, t, _ = values.shape
    valid = np.ones((n, t), dtype=bool)
    centred = within(values, valid).reshape(1, n * t, -1)
    slopes, _, resid, _ = ols(centred[:, :, 0], centred[:, :, 1:], np.ones((1, n * t), dtype=bool))
    if (resid**2).sum() <= 1e-20 * (centred[:, :, 0] ** 2).sum():
        raise Collinear(np.array([0]))
    resid = resid.reshape(n, t)
    change, after = diff(resid, valid)
    before, _ = lag(resid, valid)

    def stacked(part: Array, cells: Mask) -> Array:
        return part[cells][None]                                                  # one long row: (1, n) or (1, n, K)

    everywhere = np.ones((1, int(after.sum())), dtype=bool)
    beta, se, _, _ = ols(stacked(change, after), stacked(before, after)[..., None], everywhere)
    past, there = lag_columns(change, after, range(1, (max_lags if isinstance(lags, str) else lags) + 1))
    if isinstance(lags, str):
        cells = after & there
        lags = int(choose_order(stacked(change, cells), stacked(before, cells)[..., None], stacked(past, cells),
                                np.ones((1, int(cells.sum())), dtype=bool), lags)[0])
    cells = after & lag_columns(change, after, range(1, lags + 1))[1]
    regressors = np.concatenate([before[..., None], past[..., :lags]], -1)
    adf, adf_se, _, _ = ols(stacked(change, cells), stacked(regressors, cells),
                            np.ones((1, int(cells.sum())), dtype=bool))
    short, long, width = _conditional_variances(values, valid, kernel, bandwidth)
    return _Pooled(n=n, t=t, slopes=slopes[0], rho=float(1 + beta[0, 0]), t_rho=float(beta[0, 0] / se[0, 0]),
                   lags=lags, adf_coef=float(adf[0, 0]), t_adf=float(adf[0, 0] / adf_se[0, 0]),
                   adf_nobs=int(cells.sum()), short=short, long=long, width=width)


def _conditional_variances(values: Array, valid: Mask, kernel: str,
                           bandwidth: int | str) -> tuple[float, float, Array]:
    """Short- and long-run variance of d.y given d.x, averaged over entities, and bandwidths."""
    change, there = diff(values, valid)
    w = change / np.sqrt((change**2).sum((0, 1)) / there.sum())                   # units of measurement must not matter
    sigma = np.einsum("ntj,ntk->jk", w, w) / there.sum()
    if isinstance(bandwidth, str):
        around = w[..., 0] - w[..., 1:] @ np.linalg.solve(sigma[1:, 1:], sigma[1:, 0])
        width = newey_west_1994(around, there, kernel)
    else:
        width = np.full(len(values), float(bandwidth))
    omega = long_run(w, there, width, kernel).omega.mean(0)
    short, long = (float(m[0, 0] - m[0, 1:] @ np.linalg.solve(m[1:, 1:], m[1:, 0])) for m in (sigma, omega))
    size = float((change[..., 0] ** 2).sum() / there.sum())
    return short * size, long * size, width
