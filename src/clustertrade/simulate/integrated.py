"""What is simulated for causality tests of integrated series: walks, and walks with a relation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clustertrade.batch.lags import diff, lag
from clustertrade.batch.ols import Array, Mask, ols
from clustertrade.batch.trend import detrend
from clustertrade.simulate.calibration import Autoregressions, fit_autoregressions, fit_shocks
from clustertrade.simulate.designs import BURN, Design, Maker, causality, pushed

CLOSES = (0.1, 0.5)                                        # least and largest share of the gap that the x close


def walks(y: Array, x: Array | None, valid: Mask, options: Mapping[str, Any]) -> Design:
    """Changes of y an autoregression plus rho times the change of x a period before, in standard deviations."""
    assert x is not None
    if not options.get("integration"):
        return causality(y, x, valid, options)
    n, t, m = x.shape
    ar = _changes(y, x, valid)
    coefficients = ar.coefficients.reshape(n, 1 + m, -1)
    shocks = fit_shocks(ar.resid.reshape(n, 1 + m, t), 1 + ar.coefficients.shape[1])

    def draw(rng: np.random.Generator, rho: float) -> tuple[Array, Array | None]:
        effect, causes = pushed(rng, rho, shocks, coefficients, t)
        return effect.cumsum(1), causes.cumsum(1)

    return Design((0.0, 0.1, 0.2, 0.4), (-np.inf, np.inf),
                  "rho is the effect of the change of x a period before on that of y, both in standard deviations of "
                  "their shocks, 0 no causality; y and x are walks without a relation, their changes autoregressions "
                  "with the coefficients, variances and correlations of the data; no drift", draw)


def corrected(y: Array, x: Array | None, valid: Mask, options: Mapping[str, Any]) -> Design:
    """y and x with one relation, to which x returns; y closes the share rho of the gap in each period."""
    assert x is not None
    n, t, m = x.shape
    beta = _relation(y, x, valid, options)                                             # (N, M)
    gap = np.where(valid, y - np.einsum("ntm,nm->nt", x, beta), 0.0)
    ar = _changes(y, x, valid)
    coefficients = ar.coefficients.reshape(n, 1 + m, -1)
    shocks = fit_shocks(ar.resid.reshape(n, 1 + m, t), 1 + ar.coefficients.shape[1])
    closes = _closes(gap, x, beta, valid)
    weight = beta * shocks.scale[:, 1:] ** 2
    speed = closes[:, None] * weight / np.maximum((beta * weight).sum(1, keepdims=True), 1e-300)   # of each x (N, M)
    lags = coefficients.shape[-1]

    def draw(rng: np.random.Generator, rho: float) -> tuple[Array, Array | None]:
        noise = shocks.draw(rng, t + BURN)
        change = np.zeros((n, 1 + m, t + BURN))
        level = np.zeros((n, 1 + m, t + BURN))
        for s in range(1, t + BURN):
            apart = level[:, 0, s - 1] - (beta * level[:, 1:, s - 1]).sum(1)
            change[:, :, s] = noise[:, :, s]
            for k in range(1, min(lags, s) + 1):
                change[:, :, s] += coefficients[:, :, k - 1] * change[:, :, s - k]
            change[:, 0, s] -= rho * apart
            change[:, 1:, s] += speed * apart[:, None]
            level[:, :, s] = level[:, :, s - 1] + change[:, :, s]
        return level[:, 0, BURN:], level[:, 1:, BURN:].transpose(0, 2, 1)

    return Design((0.0, 0.1, 0.2, 0.4), (0.0, 1.0),
                  "rho is the share of the gap to its relation with x that y closes in each period, 0 no causality in "
                  "the long run; in the short run there is none at any rho; y and x have one relation, to which x "
                  "returns; slopes, dynamics, variances and correlations are those of the data; no drift", draw)


def _changes(y: Array, x: Array, valid: Mask) -> Autoregressions:
    """Autoregressions of the changes of y and every x, a row a series of an entity."""
    n, t, m = x.shape
    series = np.concatenate([y[:, None, :], x.transpose(0, 2, 1)], 1).reshape(n * (1 + m), t)
    return fit_autoregressions(*diff(series, np.repeat(valid, 1 + m, axis=0)))


def _relation(y: Array, x: Array, valid: Mask, options: Mapping[str, Any]) -> Array:
    """Slopes (N, M) of y on x: of each entity, or one for all where the test takes one."""
    n, m = len(y), x.shape[-1]
    if n == 1 or options.get("pooling") == "group":
        return ols(y, np.concatenate([np.ones((*y.shape, 1)), x], -1), valid)[0][:, 1:]
    left, right = detrend(np.where(valid, y, 0.0), valid, "c"), detrend(np.where(valid[..., None], x, 0.0), valid, "c")
    common = np.linalg.lstsq(right.reshape(-1, m), left.ravel(), rcond=None)[0]
    return np.tile(common, (n, 1))


def _closes(gap: Array, x: Array, beta: Array, valid: Mask) -> Array:
    """The share of the gap that the x close in each period (N,): the mean over entities, within CLOSES."""
    before, known = lag(gap, valid)
    moves, there = diff(x, valid)
    toward = np.einsum("ntm,nm->nt", moves, beta)
    z = np.concatenate([before[..., None], np.ones((*gap.shape, 1))], -1)
    share = float(ols(np.where(there, toward, 0.0), z, known & there)[0][:, 0].mean())
    return np.full(len(gap), np.clip(share, *CLOSES))


# Tests that look at something else than the panels of their family.
NAMED: dict[str, Maker] = {"toda-yamamoto": walks, "emirmahmutoglu-kose": walks, "granger-vecm": corrected}
