"""The Phillips-Ouliaris tests: residuals without a root of one, or a long-run variance left by the x."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from clustertrade.batch.longrun import long_run, newey_west_1994
from clustertrade.batch.ols import Array, ols
from clustertrade.batch.trend import TERMS, deterministic, detrend
from clustertrade.distributions import phillips_ouliaris as law
from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression.integration import stationary_levels
from clustertrade.results import Statistic, TestResult


def _needs(options: Mapping[str, Any]) -> Needs:
    variables = 1 + len(options["x"])
    return Needs(t=2 * variables + TERMS[options["trend"]] + 2, within=True, x_max=law.MOST - 1)


@procedure(
    "phillips-ouliaris",
    family="cointegration",
    title="Phillips-Ouliaris cointegration test",
    null="no cointegration",
    alternative="the series are cointegrated",
    reference="phillipsouliaris1990",
    scope="series",
    needs=_needs,
    conventions={"urca": {}},
    checked="72 cases of urca ca.po (Pu and Pz, under its convention; Pu also without) and 6 of tseries po.test (Za), "
            "1e-6; the four statistics of arch phillips_ouliaris up to its T in place of T - 1, 1e-9. Size at 5 % with "
            "one x and the defaults, independent walks (Zt, Za, Pu, Pz): 0.05, 0.02, 0.01, 0.03 at T=22, 0.05, 0.05, "
            "0.06, 0.07 at T=50 (asymptotic p: 0.07, 0.03, 0.01, 0.00), 0.05, 0.06, 0.06, 0.06 at T=100; power against "
            "an error with root 0.5: 0.26, 0.21, 0.23, 0.19, then 0.87, 0.90, 0.92, 0.81, then 1.00. Differences with "
            "autocorrelation 0.4 bring the size down to 0.01 and less.",
)
def phillips_ouliaris(y: Panel, x: Panel, *, trend: str = "c", kernel: str = "bartlett", bandwidth: int | str = "auto",
                      convention: str = "paper") -> TestResult:
    r"""No cointegration between y and the x, with kernels in place of lagged differences.

    With :math:`\hat u` the residuals of y on x and the deterministic terms,
    :math:`\hat u_t = \hat\alpha\hat u_{t-1} + \hat k_t`, :math:`\hat\xi_t` the residuals of a first-order vector
    autoregression of all series with the deterministic terms, and n = T - 1 periods of either,

    .. math::

        Z_\alpha = n(\hat\alpha-1) - \frac{\hat\omega_k^2-\hat\sigma_k^2}{2\,n^{-2}\sum\hat u_{t-1}^2},\quad
        Z_t = \frac{(\sum\hat u_{t-1}^2)^{1/2}}{\hat\omega_k}\,\frac{Z_\alpha}{n},\quad
        P_u = \frac{n\,\hat\omega_{11\cdot2}}{n^{-1}\sum\hat u_t^2},\quad
        P_z = n\,\mathrm{tr}(\hat\Omega M_{zz}^{-1})

    Parameters
    ----------
    y : Panel of one time series
    x : Panel of one to twelve further series on the same periods
    trend : n, c or ct
        Deterministic terms.
    kernel : bartlett, parzen or qs
        Kernel of the long-run variances.
    bandwidth : int, or auto
        Newey and West (1994) by default, once for the residual and once for the autoregression.
    convention : paper or urca
        urca (ca.po) takes the second moments of the series as they are in Pz, so that Pz depends on their means, and
        floor(4 (T/100)^(1/4)) where no bandwidth is given.  tseries (po.test) is the paper's with floor(n/100).  arch
        has T in place of n in all four.

    Returns
    -------
    TestResult
        ``Zt`` ``Za`` (small values reject) ``Pu`` ``Pz`` (large values reject; Pz does not depend on which series is
        y), with p and critical values for the number of series and the sample size.  Details: ``coefficients`` of the
        regression in levels; ``alpha``; ``pvalues_asymptotic``; ``bandwidths`` of the ``residual`` and of the
        ``autoregression``; ``convention``.

    Raises
    ------
    InfeasibleError
        Too few periods; collinear series.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> walk = rng.standard_normal(100).cumsum()
    >>> panel = Panel.from_frame(pd.DataFrame({"y": walk + rng.standard_normal(100), "x": walk}))
    >>> phillips_ouliaris(panel["y"], panel["x"])["Zt"].pvalue < 0.01
    True
    """
    levels = np.concatenate([y.values, x.values], -1)                             # (1, T, P)
    t, variables = levels.shape[1:]
    n = t - 1
    if convention == "urca" and isinstance(bandwidth, str):
        bandwidth = math.floor(4 * (t / 100) ** 0.25)
    beta, resid = _levels_regression(levels, trend)
    if (resid**2).sum() <= 1e-20 * (detrend(levels[..., 0], np.ones((1, t), bool), trend) ** 2).sum():
        raise InfeasibleError(f"phillips-ouliaris: {y.name} is an exact function of x: no residual is left to test")
    alpha, za, zt, width_resid = _z_statistics(resid, kernel, bandwidth)
    omega, width_var = _omega(levels, trend, kernel, bandwidth)
    later = levels[:, 1:]
    moments = (later if convention == "urca" else detrend(later, np.ones((1, n), bool), trend))[0]
    try:
        conditional = omega[0, 0] - omega[0, 1:] @ np.linalg.solve(omega[1:, 1:], omega[1:, 0])
        trace = float(np.trace(np.linalg.solve(moments.T @ moments / n, omega)))
    except np.linalg.LinAlgError:
        raise InfeasibleError(f"phillips-ouliaris: {first_of([*y.variables, *x.variables], 12)} are collinear beside "
                              f"the deterministic terms (trend={trend})") from None
    values = {"Zt": zt, "Za": za, "Pu": n * conditional / ((resid**2).sum() / n), "Pz": n * trace}
    names = [*x.variables, *("const", "trend")[: TERMS[trend]]]
    return TestResult(
        statistics=tuple(Statistic(name=name, value=float(value),
                                   pvalue=law.pvalue(float(value), name, trend, variables, n),
                                   critical=law.critical(name, trend, variables, n)) for name, value in values.items()),
        nobs=n, n_periods=t,
        details={
            "coefficients": dict(zip(names, beta.tolist(), strict=True)), "alpha": alpha,
            "pvalues_asymptotic": {name: law.pvalue(float(value), name, trend, variables)
                                   for name, value in values.items()},
            "bandwidths": {"residual": width_resid, "autoregression": width_var},
            "convention": f"n = T - 1 = {n}; variances divided by n; {kernel} kernel; second moments in Pz "
                          + ("of the series as they are" if convention == "urca" or trend == "n" else
                             "around the deterministic terms"),
        },
        warnings=tuple(stationary_levels(y.join(x), trend)))


def _levels_regression(levels: Array, trend: str) -> tuple[Array, Array]:
    """Coefficients and residuals (T,) of the first series on the others and the deterministic terms."""
    t = levels.shape[1]
    design = np.concatenate([levels[..., 1:], deterministic(trend, t)[None]], -1)
    beta, _, resid, _ = ols(levels[..., 0], design, np.ones((1, t), dtype=bool))
    return beta[0], resid[0]


def _z_statistics(resid: Array, kernel: str, bandwidth: int | str) -> tuple[float, float, float, float]:
    """Alpha, Za, Zt of the residual and the bandwidth (Phillips and Ouliaris 1990, definitions before theorem 4.1)."""
    before, now = resid[:-1], resid[1:]
    square = before @ before
    alpha = (before @ now) / square
    run = long_run((now - alpha * before)[None], np.ones((1, len(now)), dtype=bool), bandwidth, kernel)
    n = len(now)
    za = n * (alpha - 1) - float(run.lam[0, 0, 0]) / (square / n**2)              # lam = (omega2 - sigma2) / 2
    return float(alpha), float(za), float(za / n * np.sqrt(square / run.omega[0, 0, 0])), float(run.bandwidth[0])


def _omega(levels: Array, trend: str, kernel: str, bandwidth: int | str) -> tuple[Array, float]:
    """Long-run covariance (P, P) of the errors of a first-order vector autoregression, and its bandwidth."""
    before, now = levels[0, :-1], levels[0, 1:]
    size = np.abs(levels[0]).max(0)                                               # units must not decide the rank
    basis, _ = np.linalg.qr(np.hstack([before / size, deterministic(trend, len(now))]))
    errors = (now / size - basis @ (basis.T @ (now / size)))[None]
    there = np.ones((1, len(now)), dtype=bool)
    if isinstance(bandwidth, str):                                                # nor the bandwidth
        width = newey_west_1994(errors / errors.std(1, keepdims=True), there, kernel)
    else:
        width = np.array([float(bandwidth)])
    return long_run(errors, there, width, kernel).omega[0] * np.outer(size, size), float(width[0])
