"""How far trends may part before an average effect is no longer told from zero (Rambachan and Roth 2023).

Differential trends delta run through the leads, are 0 in the period before the start, and go on after it. Two
bounds: no change from one period to the next after the start exceeds M times the largest one before it (relative
magnitudes), or no slope differs from that of the period before by more than M (smoothness).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri, owens_t

from clustertrade.batch.quadratic import definite
from clustertrade.errors import InfeasibleError
from clustertrade.panel import Array, Mask

RELATIVE = (0.0, 0.5, 1.0, 1.5, 2.0)
SHARES = (0.0, 0.25, 0.5, 1.0)                             # of the standard error of the average effect, per period


@dataclass(frozen=True)
class Leads:
    """Estimates (p + 1,) of the leads, earliest first and up to the second period before the start, and the average.

    matrix (p + 1, p + 1) is their covariance; weight (q,) what each period since the start has in the average.
    """

    value: Array
    matrix: Array
    weight: Array

    @property
    def p(self) -> int:
        """Number of leads."""
        return self.value.size - 1

    @property
    def average(self) -> float:
        """The average effect."""
        return float(self.value[-1])

    @property
    def reach(self) -> float:
        """How far the average is from its effect where every change after the start is as large as one."""
        return float(np.abs(np.cumsum(self.weight[::-1])).sum())

    @property
    def changes(self) -> Array:
        """Rows (p, p + 1) that take the change from each lead to the next, the last to the zero before the start."""
        step = np.zeros((self.p, self.p + 1))
        step[:, :-1] = np.eye(self.p, k=1) - np.eye(self.p)
        return step


def sensitivity(asked: str, leads: Leads, groups: int, level: float) -> dict[str, Any]:
    """Robust confidence sets of the average by M under both bounds, and the M at which they reach zero.

    Raises
    ------
    InfeasibleError
        No lead; too few entities for a covariance of the leads and the average.
    """
    p = leads.p
    if not p:
        raise InfeasibleError(f"{asked} --sensitivity needs an effect of the second period before the start, from "
                              "which trends are judged")
    if groups <= p + 1 or not definite(leads.matrix):
        raise InfeasibleError(f"{asked} --sensitivity: {groups} entities do not tell the covariance of {p} leads and "
                              "the average effect; a smaller --leads may")
    flci = Smooth(leads, level)
    unit = float(np.sqrt(leads.matrix[-1, -1]))

    def smooth_holds_zero(m: float) -> bool:
        low, high = flci.interval(m)
        return low <= 0 <= high

    bends = np.diff(np.append(leads.value[:-1], 0.0), 2)
    return {"periods": int(leads.weight.size), "leads": p,
            "relative_magnitudes": {
                "breakdown": _breakdown(lambda m: bool(accepted(leads, m, np.zeros(1), level)[0]), 1.0),
                "rows": [{"M": m, **_ends(relative(leads, m, level))} for m in RELATIVE]},
            "smoothness": {
                "breakdown": _breakdown(smooth_holds_zero, unit),
                "observed": float(np.abs(bends).max()) if bends.size else None,
                "rows": [{"M": m, **_ends(flci.interval(m))} for m in (s * unit for s in SHARES)]}}


def _ends(pair: tuple[float, float]) -> dict[str, float]:
    return {"low": pair[0], "high": pair[1]}


def _breakdown(holds: Any, unit: float) -> float | None:
    """The smallest M at which the set holds zero, by doubling and bisection; None beyond 10^6 units."""
    if holds(0.0):
        return 0.0
    low, high = 0.0, unit / 8
    while not holds(high):
        low, high = high, 2 * high
        if high > 1e6 * unit:
            return None
    while high - low > 1e-7 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return float(high)


def accepted(leads: Leads, m: float, theta: Array, level: float) -> Mask:
    r"""Which averages (B,) the bound on relative magnitudes does not reject.

    .. math:: |\theta - l'\beta_{post}| \le \bar M \sum_h \Bigl|\sum_{k \ge h} l_k\Bigr| \max_s |\delta_{s+1}-\delta_s|

    is the identified set: the effects of single periods, the nuisance parameters of the paper's linear program, are
    eliminated exactly. The maximum is over a union of 2p sets (which change s, with which sign), of two inequalities
    each; theta is rejected where it is in all of them. The test of each is the conditional least-favourable hybrid of
    Andrews, Roth and Pakes (2023): first the larger t against its least favourable value at level / 10, then given
    which of the two is the larger.
    """
    reach = m * leads.reach
    own = np.append(np.zeros(leads.p), 1.0)
    first = level / 10
    rest = (level - first) / (1 - first)
    found = np.zeros(theta.shape, dtype=bool)
    for sign in (1.0, -1.0):
        for change in leads.changes:
            allowed = sign * reach * change
            rows = np.stack([own - allowed, -own - allowed])                       # both are to be <= 0 at theta
            variance = rows @ leads.matrix @ rows.T
            sd = np.sqrt(np.diagonal(variance))
            rho = float(np.clip(variance[0, 1] / (sd[0] * sd[1]), -1.0, 1.0))
            t = (rows @ leads.value)[:, None] + np.stack([-theta, theta])
            t /= sd[:, None]
            larger, smaller = t.max(0), t.min(0)
            least = _largest_of_two(rho, first)
            # Given the larger of the two, its law is a normal one cut off below (and above by the first step).
            cut = np.where(rho < 1 - 1e-10, (smaller - rho * larger) / max(1 - rho, 1e-10), -np.inf)
            tail = ndtr(-least) + rest * np.maximum(ndtr(-cut) - ndtr(-least), 0.0)
            found |= larger <= np.minimum(np.maximum(-ndtri(tail), 0.0), least)
    return found


def _largest_of_two(rho: float, level: float) -> float:
    """c with P(max(Z1, Z2) > c) = level for standard normals of correlation rho (Owen 1956)."""
    slope = np.sqrt((1 - rho) / (1 + rho)) if rho > -1 else np.inf
    low, high = -ndtri(level), -ndtri(level / 2)
    for _ in range(60):
        middle = (low + high) / 2
        inside = ndtr(middle) - 2 * owens_t(middle, slope)
        low, high = (low, middle) if inside >= 1 - level else (middle, high)
    return float(high)


def relative(leads: Leads, m: float, level: float) -> tuple[float, float]:
    """The ends of the set of averages that the bound on relative magnitudes does not reject, to 1e-8 of its width."""
    sd = float(np.sqrt(leads.matrix[-1, -1]))
    moves = leads.changes @ leads.matrix @ leads.changes.T
    most = float((np.abs(leads.changes @ leads.value) + 6 * np.sqrt(np.diagonal(moves))).max())
    reach = 6 * sd + m * leads.reach * most
    theta = leads.average + reach * np.linspace(-1, 1, 1601)
    inside = np.flatnonzero(accepted(leads, m, theta, level))
    ends = []
    for j, beyond in ((inside[0], inside[0] - 1), (inside[-1], inside[-1] + 1)):
        near, far = theta[j], theta[beyond] if 0 <= beyond < theta.size else theta[j]
        while abs(far - near) > 1e-9 * reach:
            middle = (near + far) / 2
            near, far = (middle, far) if accepted(leads, m, np.array([middle]), level)[0] else (near, middle)
        ends.append(float(near))
    return ends[0], ends[1]


class Smooth:
    r"""The optimal fixed-length interval under the bound on second differences.

    .. math:: \hat\theta = l'\hat\beta_{post} + v'\hat\beta_{pre}, \qquad \theta \in \hat\theta \pm
        \sigma_v\,cv_\alpha(M b_v / \sigma_v)

    cv is the quantile of a folded normal, b the largest bias. A bias that is bounded needs v to remove a linear trend;
    what is left is :math:`M (b_0 + \sum_j |c_j|)` in the second differences c_j that v takes of the leads, and v is
    chosen to make the interval short.
    """

    def __init__(self, leads: Leads, level: float) -> None:
        p, weight = leads.p, leads.weight
        after = np.arange(1, weight.size + 1)
        self.leads, self.level = leads, level
        # Second differences from the start on: what a period t has of the one at j < t is t - j.
        self.fixed = float(np.abs([(weight * np.maximum(after - j, 0)).sum() for j in range(weight.size)]).sum())
        # v of the lead s periods before the reference, from c_j = sum_{s > j} v_s (s - j), sum_s v_s s = l't.
        ahead = np.arange(1, p + 1)
        system = np.stack([np.maximum(ahead - j, 0) for j in range(p)]).astype(float)     # j = 0: the linear trend
        inverse = np.linalg.inv(system)[::-1]                                       # earliest lead first
        self.base = np.append(inverse[:, 0] * float(weight @ after), 1.0)
        self.spread = np.vstack([inverse[:, 1:], np.zeros(p - 1)])

    def interval(self, m: float) -> tuple[float, float]:
        """The interval at M."""
        from scipy.optimize import minimize

        k = self.spread.shape[1]
        matrix = self.leads.matrix
        scale = float(np.sqrt(matrix[-1, -1]))

        def length(halves: Array) -> tuple[float, Array]:
            c = halves[:k] - halves[k:]
            v = self.base + self.spread @ c
            sd = float(np.sqrt(v @ matrix @ v))
            bias = m * (self.fixed + halves.sum())
            quantile = folded(bias / sd, self.level)
            by_bias = np.tanh(bias / sd * quantile)
            slope = (quantile - bias / sd * by_bias) * (self.spread.T @ (matrix @ v)) / sd
            return sd * quantile / scale, np.concatenate([slope + by_bias * m, -slope + by_bias * m]) / scale

        c = np.zeros(k)
        if k:
            # Without a bound on the bias the shortest has the least variance: where the search starts.
            start = -np.linalg.lstsq(self.spread.T @ matrix @ self.spread, self.spread.T @ matrix @ self.base,
                                     rcond=None)[0]
            if m > 0:
                halves = np.concatenate([np.maximum(start, 0.0), np.maximum(-start, 0.0)])
                found = minimize(length, halves, jac=True, method="SLSQP", bounds=[(0.0, None)] * (2 * k),
                                 options={"ftol": 1e-13, "maxiter": 500})
                start = found.x[:k] - found.x[k:]
            c = start
        half = length(np.concatenate([np.maximum(c, 0.0), np.maximum(-c, 0.0)]))[0] * scale
        centre = float((self.base + self.spread @ c) @ self.leads.value)
        return centre - half, centre + half


def folded(bias: float, level: float) -> float:
    """The 1 - level quantile of |N(bias, 1)|.

    >>> round(folded(0.0, 0.05), 6), round(folded(5.0, 0.05), 6)
    (1.959964, 6.644854)
    """
    bias = abs(bias)
    low, high = bias - ndtri(level), bias - ndtri(level / 2)                      # one tail alone, and both alike
    for _ in range(70):
        middle = (low + high) / 2
        outside = np.exp(log_ndtr(bias - middle)) + ndtr(-middle - bias)
        low, high = (middle, high) if outside > level else (low, middle)
    return float(high)
