"""Non-linear least squares around the solution of the Lotka-Volterra equations."""

from __future__ import annotations

import numpy as np

from clustertrade.errors import InfeasibleError
from clustertrade.measures.dynamics import Fit, Paths
from clustertrade.measures.tidy import Array

STEPS = 20                                                 # of the Runge-Kutta method in a period
CEILING = 50.0                                             # log levels beyond it are no solution that data has


def solution(start: Array, rates: Array, periods: int) -> Array:
    """Log levels (B, periods + 1, k) from log levels ``start`` (B, k), with d ln N/dt = r + A N.

    ``rates`` (B, k, 1 + k): r, then the row of A.  Runge-Kutta of order four in logarithms, so that levels stay above
    zero.
    """
    h = 1 / STEPS
    r, a = rates[..., 0], rates[..., 1:]

    def slope(log_level: Array) -> Array:
        return r + np.einsum("bij,bj->bi", a, np.exp(np.minimum(log_level, CEILING)))

    path, now = [start], start
    for _ in range(periods):
        for _ in range(STEPS):
            one = slope(now)
            two = slope(now + h / 2 * one)
            three = slope(now + h / 2 * two)
            four = slope(now + h * three)
            now = np.clip(now + h / 6 * (one + 2 * two + 2 * three + four), -CEILING, CEILING)
        path.append(now)
    return np.stack(path, axis=1)


def fit_solution(paths: Paths, start: Fit) -> Fit:
    """Coefficients whose solution is nearest to the logarithms of the data, the first levels being estimated too.

    Raises
    ------
    InfeasibleError
        The iterations end at no minimum, or at one where the coefficients are not identified.
    """
    from scipy.optimize import least_squares

    levels = np.log(np.vstack([paths.before[:1], paths.after]))                        # (T, k)
    t, k = levels.shape
    order = np.array([[0, 1 + i, *(1 + j for j in range(k) if j != i)] for i in range(k)])
    rates = np.empty((k, 1 + k))
    np.put_along_axis(rates, order, start.beta, axis=1)
    size = np.r_[np.ones(k), np.ones((k, 1 + k)).ravel()]
    scale = np.exp(levels).mean(0)                         # coefficients of levels in units of the mean level
    unit = np.concatenate([np.ones((k, 1)), np.tile(1 / scale, (k, 1))], axis=1)

    def unpack(theta: Array) -> tuple[Array, Array]:
        theta = np.atleast_2d(theta)
        return theta[:, :k], theta[:, k:].reshape(-1, k, 1 + k) * unit

    def residuals(theta: Array) -> Array:
        return (levels - solution(*unpack(theta), t - 1)[0]).ravel()

    def jacobian(theta: Array) -> Array:
        step = 1e-6 * np.maximum(np.abs(theta), size * 1e-2)
        moved = np.concatenate([theta + np.diag(step), theta - np.diag(step)])         # both sides of all at once
        path = solution(*unpack(moved), t - 1).reshape(2, theta.size, -1)
        return -((path[0] - path[1]) / (2 * step[:, None])).T

    first = np.r_[levels[0], (rates / unit).ravel()]
    if t * k <= first.size:
        raise InfeasibleError(f"symbiosis --variant nls has {first.size} coefficients and {t * k} levels; it needs "
                              "more periods")
    found = least_squares(residuals, first, jac=jacobian, x_scale="jac", max_nfev=200)
    if not found.success:
        raise InfeasibleError("symbiosis --variant nls did not converge in 200 iterations; --variant ols needs none")
    df = t * k - first.size
    bends = found.jac.T @ found.jac
    if np.linalg.cond(bends) > 1e14:
        raise InfeasibleError("symbiosis --variant nls: the coefficients are not identified by these data; --variant "
                              "ols uses each step on its own")
    variance = np.linalg.inv(bends) * (found.fun @ found.fun) / df
    estimate = unpack(found.x)[1][0]
    errors = np.sqrt(np.diag(variance))[k:].reshape(k, 1 + k) * unit
    resid = found.fun.reshape(t, k).T
    r2 = 1 - (resid**2).sum(1) / ((levels - levels.mean(0)) ** 2).sum(0)
    none = np.empty((0, k, 1 + k))
    return Fit(np.take_along_axis(estimate, order, 1), np.take_along_axis(errors, order, 1), resid,
               np.full(k, df / k), r2, none, none)
