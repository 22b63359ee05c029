"""Programs of data envelopment analysis for many units against one set of reference units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.simplex import INFEASIBLE, minimise

Array = NDArray[np.float64]
RETURNS = ("crs", "vrs", "drs", "irs")


@dataclass(frozen=True)
class Envelopment:
    """Units (P) against references (n): score, NaN where there is none; lambda, slacks of inputs and outputs."""

    score: Array                                           # (P,)
    intensity: Array                                       # (P, n)
    input_slack: Array                                     # (P, m)
    output_slack: Array                                    # (P, s)


def radial(xr: Array, yr: Array, x: Array, y: Array, returns: str, orientation: str,
           own: NDArray[np.int64] | None = None) -> Envelopment:
    """The factor by which a unit's inputs can shrink (theta), or the inverse of that by which its outputs can grow.

    xr (n, m), yr (n, s) references; x (P, m), y (P, s) units; own (P,) a reference that a unit may not use.

    The slacks are those of the optimal vertex, not the largest ones; ``slacks`` finds these.
    """
    xr, x, yr, y = _scaled(xr, yr, x, y)
    m, s, count = x.shape[1], y.shape[1], len(x)
    a, sides, b, relax = _rows(xr, yr, x, y, returns)
    factor = np.zeros((count, a.shape[0], 1))
    if orientation == "input":                             # X l + s = theta x
        factor[:, :m, 0] = -x
        b[:, :m] = 0.0
        cost = 1.0
    else:                                                  # Y l - s = phi y
        factor[:, m : m + s, 0] = -y
        b[:, m : m + s] = 0.0
        cost = -1.0
    columns = np.concatenate([np.broadcast_to(sides, (count, *sides.shape)), factor], axis=2)
    costs = np.zeros((count, columns.shape[2]))
    costs[:, -1] = cost
    found = minimise(a, columns, costs, b, relax, own)
    score = found.value if orientation == "input" else 1 / -found.value
    return Envelopment(np.where(found.status == INFEASIBLE, np.nan, score), found.shared, found.own[:, :m],
                       found.own[:, m : m + s])


def slacks(xr: Array, yr: Array, x: Array, y: Array, returns: str) -> Envelopment:
    """The largest sum of slacks, in units of the references' means, of units that are moved to the frontier already."""
    scale_x, scale_y = _scales(xr), _scales(yr)
    xr, x, yr, y = _scaled(xr, yr, x, y)
    m, s, count = x.shape[1], y.shape[1], len(x)
    a, sides, b, relax = _rows(xr, yr, x, y, returns)
    costs = np.zeros((count, sides.shape[1]))
    costs[:, : m + s] = -1.0
    found = minimise(a, np.broadcast_to(sides, (count, *sides.shape)), costs, b, relax)
    return Envelopment(np.where(found.status == INFEASIBLE, np.nan, -found.value), found.shared,
                       _clean(found.own[:, :m]) * scale_x, _clean(found.own[:, m : m + s]) * scale_y)


def slack_based(xr: Array, yr: Array, x: Array, y: Array, returns: str, orientation: str | None) -> Envelopment:
    """Tone's measure rho: one less the mean relative slack of inputs, by one plus that of outputs.

    With an orientation only the slacks of that side count.  Without one, the fractional program is linear in
    t, t lambda and t slack, t being the inverse of its denominator.
    """
    scale_x, scale_y = _scales(xr), _scales(yr)
    xr, x, yr, y = _scaled(xr, yr, x, y)
    m, s, count = x.shape[1], y.shape[1], len(x)
    a, sides, b, relax = _rows(xr, yr, x, y, returns)
    columns, q = np.broadcast_to(sides, (count, *sides.shape)), sides.shape[1]
    costs = np.zeros((count, q))
    if orientation != "output":
        costs[:, :m] = -1 / (m * x)
    if orientation == "output":
        costs[:, m : m + s] = -1 / (s * y)
    if orientation is not None:
        found = minimise(a, columns, costs, b, relax)
        score = 1 + found.value if orientation == "input" else 1 / (1 - found.value)
        t = np.ones(count)
    else:                                                  # last row: t + mean of t s+ / y = 1
        a = np.vstack([a, np.zeros(a.shape[1])])
        last = np.zeros((count, 1, q))
        last[:, 0, m : m + s] = 1 / (s * y)
        columns = np.concatenate([columns, last], axis=1)
        scale = np.concatenate([-b, np.ones((count, 1))], axis=1)[:, :, None]
        columns = np.concatenate([columns, scale], axis=2)
        costs = np.concatenate([costs, np.ones((count, 1))], axis=1)
        b = np.concatenate([np.zeros_like(b), np.ones((count, 1))], axis=1)
        found = minimise(a, columns, costs, b, np.append(relax, 1.0))
        score, t = found.value, np.where(found.own[:, -1] > 0, found.own[:, -1], 1.0)
    over = t[:, None]
    return Envelopment(np.where(found.status == INFEASIBLE, np.nan, score), found.shared / over,
                       _clean(found.own[:, :m] / over) * scale_x, _clean(found.own[:, m : m + s] / over) * scale_y)


def _scales(data: Array) -> Array:
    """Means of columns, so that no unit of measurement sets the tolerance."""
    mean = data.mean(0)
    return np.where(mean > 0, mean, 1.0)


def _clean(slack: Array) -> Array:
    return np.where(slack < 1e-9, 0.0, slack)


def _scaled(xr: Array, yr: Array, x: Array, y: Array) -> tuple[Array, Array, Array, Array]:
    return xr / _scales(xr), x / _scales(xr), yr / _scales(yr), y / _scales(yr)


def _rows(xr: Array, yr: Array, x: Array, y: Array, returns: str) -> tuple[Array, Array, Array, Array]:
    """Shared columns (r, n), slack columns (r, q), right-hand sides (P, r) and the directions that relax rows.

    Rows: X l + s = x, Y l - s = y, and with other than constant returns the sum of l that is, is at most (drs) or at
    least (irs) one.
    """
    m, s, n = x.shape[1], y.shape[1], len(xr)
    a, b = np.vstack([xr.T, yr.T]), np.hstack([x, y])
    sides = np.diag(np.concatenate([np.ones(m), -np.ones(s)]))
    relax = np.concatenate([np.ones(m), -np.ones(s)])
    if returns != "crs":
        a, b = np.vstack([a, np.ones(n)]), np.hstack([b, np.ones((len(x), 1))])
        sides = np.vstack([sides, np.zeros(m + s)])
        relax = np.append(relax, {"vrs": 0.0, "drs": 1.0, "irs": -1.0}[returns])
        if returns != "vrs":
            end = np.zeros((m + s + 1, 1))
            end[-1] = 1.0 if returns == "drs" else -1.0
            sides = np.hstack([sides, end])
    return a, sides, b, relax
