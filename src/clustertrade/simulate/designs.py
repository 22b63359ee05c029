"""What is simulated for the tests of a family: panels like the one given, at and away from the null hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clustertrade.batch.lags import diff, lag
from clustertrade.batch.ols import Array, Mask, ols
from clustertrade.simulate.calibration import (
    LARGEST_ROOT,
    Autoregressions,
    Shocks,
    filtered,
    fit_autoregressions,
    fit_shocks,
)

BURN = 100                                                 # periods that are simulated first and forgotten
Draw = Callable[[np.random.Generator, float], tuple[Array, Array | None]]


@dataclass(frozen=True)
class Design:
    """A family's simulation, calibrated."""

    grid: tuple[float, ...]                                # values of rho that are tried unless others are asked for
    allowed: tuple[float, float]
    meaning: str                                           # of rho
    draw: Draw                                             # (generator, rho) -> y (N, T), x (N, T, M) or None
    notes: tuple[str, ...] = ()


def unit_root(y: Array, x: Array | None, valid: Mask, options: Mapping[str, Any]) -> Design:
    """y = u with u_t = rho u_{t-1} + v_t; v an autoregression for each entity."""
    v = _short_run(y, valid, str(options.get("trend", "c")))
    shocks = fit_shocks(v.resid[:, None, :])

    def draw(rng: np.random.Generator, rho: float) -> tuple[Array, Array | None]:
        return _root(filtered(_flat(shocks, rng, y.shape[1]), v.coefficients), rho), None

    return Design((1.0, 0.95, 0.9, 0.8), (-0.99, 1.0),
                  "rho is the autoregressive root of y in every entity, 1 a unit root; short-run "
                  "dynamics, variances and correlation between entities are those of the data; no trend or drift", draw)


def cointegration(y: Array, x: Array | None, valid: Mask, options: Mapping[str, Any]) -> Design:
    """y = x b_i + u with u_t = rho u_{t-1} + v_t; x walks; v and the steps of x have the dynamics of the data."""
    assert x is not None
    n, t, m = x.shape
    beta, _, resid, _ = ols(y, np.concatenate([np.ones((n, t, 1)), x], -1), valid)
    dx, there = diff(x, valid)
    v = _short_run(resid, valid, "c")
    steps = fit_autoregressions(dx.transpose(0, 2, 1).reshape(n * m, t), np.repeat(there, m, axis=0))
    shocks = fit_shocks(np.concatenate([v.resid[:, None], steps.resid.reshape(n, m, t)], 1))

    def draw(rng: np.random.Generator, rho: float) -> tuple[Array, Array | None]:
        noise = shocks.draw(rng, t + BURN)
        step = filtered(noise[:, 1:].reshape(n * m, -1), steps.coefficients).reshape(n, m, -1)
        walks = step[..., BURN:].cumsum(-1).transpose(0, 2, 1)                         # (N, T, M)
        return (walks * beta[:, None, 1:]).sum(-1) + _root(filtered(noise[:, 0], v.coefficients), rho), walks

    return Design((1.0, 0.9, 0.8, 0.5), (-0.99, 1.0),
                  "rho is the autoregressive root of the deviation of y from its long run with x, 1 no cointegration; "
                  "slopes, short-run dynamics, variances and correlations are those of the data; no drift",
                  draw)


def causality(y: Array, x: Array | None, valid: Mask, options: Mapping[str, Any]) -> Design:
    """y an autoregression plus rho times lagged x, in standard deviations of their shocks; x an autoregression."""
    assert x is not None
    n, t, m = x.shape
    order = options.get("order")
    series = np.concatenate([y[:, None, :], x.transpose(0, 2, 1)], 1).reshape(n * (1 + m), t)
    ar: Autoregressions = fit_autoregressions(series, np.repeat(valid, 1 + m, axis=0),
                                              order if isinstance(order, int) else None)
    shocks = fit_shocks(ar.resid.reshape(n, 1 + m, t), 1 + ar.coefficients.shape[1])
    coefficients = ar.coefficients.reshape(n, 1 + m, -1)

    def draw(rng: np.random.Generator, rho: float) -> tuple[Array, Array | None]:
        return pushed(rng, rho, shocks, coefficients, t)

    notes = (f"{ar.held} of {len(series)} series have an estimated root above {LARGEST_ROOT:g} and are simulated with "
             f"{LARGEST_ROOT:g}: causality tests want stationary series",) if ar.held else ()
    return Design((0.0, 0.1, 0.2, 0.4), (-np.inf, np.inf),
                  "rho is the effect of x a period before on y, both in standard deviations of their shocks, 0 no "
                  "causality; y and x are autoregressions with the coefficients, variances and correlations of the "
                  "data",
                  draw, notes)


def pushed(rng: np.random.Generator, rho: float, shocks: Shocks, coefficients: Array, t: int) -> tuple[Array, Array]:
    """Autoregressions with coefficients (N, 1 + M, P): y (N, T), which the x of a period before push, and x (N, T, M).

    rho: by how much, all x together, in standard deviations of the shocks.
    """
    n, series, _ = coefficients.shape
    m = series - 1
    noise = shocks.draw(rng, t + BURN)
    causes = filtered(noise[:, 1:].reshape(n * m, -1), coefficients[:, 1:].reshape(n * m, -1)).reshape(n, m, -1)
    push = rho / np.sqrt(m) * (causes / shocks.scale[:, 1:, None]).sum(1) * shocks.scale[:, :1]
    effect = noise[:, 0]
    effect[:, 1:] += push[:, :-1]
    return filtered(effect, coefficients[:, 0])[:, BURN:], causes[..., BURN:].transpose(0, 2, 1)


def dependence(y: Array, x: Array | None, valid: Mask, options: Mapping[str, Any]) -> Design:
    """Autoregressions whose shocks share a factor, so that each pair of entities has the correlation rho.

    With x they are the errors of y on x, unit by unit; the coefficients of x are zero, to which the tests are blind.
    """
    n, t = y.shape
    if x is not None:
        y = ols(y, np.concatenate([np.ones((n, t, 1)), x], -1), valid)[2]
    ar = fit_autoregressions(y, valid)
    scale = fit_shocks(ar.resid[:, None, :]).scale

    def draw(rng: np.random.Generator, rho: float) -> tuple[Array, Array | None]:
        own, factor = rng.standard_normal((n, t + BURN)), rng.standard_normal(t + BURN)
        shocks = scale * (np.sqrt(1 - rho) * own + np.sqrt(rho) * factor)
        return filtered(shocks, ar.coefficients)[:, BURN:], x

    return Design((0.0, 0.05, 0.1, 0.3), (0.0, 1.0),
                  "rho is the correlation of the shocks of each pair of entities, 0 no dependence; the variable, or "
                  "its residual on x, has the autocorrelation and variances of the data; x is held fixed", draw)


# A further family comes in by a function with this signature: y (N, T), x (N, T, M) or None, valid (N, T), options.
Maker = Callable[[Array, "Array | None", Mask, Mapping[str, Any]], Design]
DESIGNS: dict[str, Maker] = {
    "unitroot": unit_root, "cointegration": cointegration, "causality": causality, "dependence": dependence}


def families() -> Sequence[str]:
    """The families that have a design."""
    return tuple(DESIGNS)


def _short_run(u: Array, valid: Mask, trend: str) -> Autoregressions:
    """The lagged differences of the regression of Dickey and Fuller: the root of u is estimated, and left out.

    Imposing a unit root that is not there would put its traces into the short run.
    """
    du, there = diff(u, valid)
    level, known = lag(u, valid)
    beside = level[..., None]
    if trend == "ct":
        beside = np.concatenate([beside, np.broadcast_to(np.arange(1.0, u.shape[1] + 1), u.shape)[..., None]], -1)
    return fit_autoregressions(du, there & known, beside=beside)


def _flat(shocks: Shocks, rng: np.random.Generator, t: int) -> Array:
    drawn = shocks.draw(rng, t + BURN)
    return drawn.reshape(-1, drawn.shape[-1])


def _root(v: Array, rho: float) -> Array:
    """u_t = rho u_{t-1} + v_t (N, T) after the burn-in; with a unit root it starts there at v."""
    u = v.copy()
    for s in range(BURN + 1 if rho == 1 else 1, u.shape[1]):
        u[:, s] += rho * u[:, s - 1]
    return u[:, BURN:]
