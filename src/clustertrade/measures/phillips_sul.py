"""The log t regression of Phillips and Sul, and their clustering of units into convergence clubs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clustertrade.batch.longrun import andrews_1991, long_run_variance
from clustertrade.batch.ols import ols
from clustertrade.measures.tidy import Array, Codes

CRITICAL = -1.65                                           # one-sided 5 %
RAISE = 0.01                                               # of the criterion of membership where a club is too wide


@dataclass(frozen=True)
class Clubs:
    """Clubs as found and as merged, members in the order of the last period; the number of each unit's, 0 for none."""

    first: list[Codes]
    merged: list[Codes]
    club: Codes                                            # (N,)


def log_t(y: Array, trim: float) -> tuple[float, float, float]:
    """b, its standard error and t of the regression on log t: y (N, T).

    The long-run variance of the residuals is by the quadratic spectral kernel with the bandwidth of Andrews (1991), and
    the error of b is that of a regression with such residuals (Phillips and Sul 2007, section 4).
    """
    t = y.shape[1]
    h = y / y.mean(0)
    gap = ((h - 1) ** 2).mean(0)
    first = max(int(trim * t + 1e-9) + 1, 2)
    when = np.arange(first, t + 1, dtype=float)
    # Units that are alike to rounding converge: the logarithm of nothing is not taken.
    if gap[0] <= 0 or (gap[first - 1 :] <= 1e-28).any():
        return np.inf, 0.0, np.inf
    left = np.log(gap[0] / gap[first - 1 :]) - 2 * np.log(np.log(when))
    x = np.column_stack([np.ones(len(when)), np.log(when)])
    valid = np.ones((1, len(when)), dtype=bool)
    beta, _, resid, _ = ols(left[None], x[None], valid)
    width = andrews_1991(resid, valid, "qs")
    variance = float(np.ravel(long_run_variance(resid, valid, width, "qs"))[0])
    spread = float(((x[:, 1] - x[:, 1].mean()) ** 2).sum())
    se = float(np.sqrt(max(variance, 0.0) / spread))
    b = float(beta[0, 1])
    return b, se, b / se if se > 0 else float(np.sign(b) * np.inf)


def clubs_of(y: Array, trim: float) -> Clubs:
    """Clubs among all units: y (N, T)."""
    order: Codes = np.argsort(-y[:, -1], kind="stable")
    left, found = order, []
    while left.size >= 2:
        if log_t(y[left], trim)[2] > CRITICAL:
            found.append(left)
            break
        core = _core(y, left, trim)
        if core is None:
            break
        club = _members(y, left, core, trim)
        found.append(club)
        left = left[~np.isin(left, club)]
    merged = _merged(y, found, trim)
    number = np.zeros(len(y), dtype=np.int64)
    for k, members in enumerate(merged):
        number[members] = k + 1
    return Clubs(found, merged, number)


def _core(y: Array, left: Codes, trim: float) -> Codes | None:
    """The core group: from the first pair that converges downwards, as many as give the largest t; None without one."""
    for start in range(left.size - 1):
        if log_t(y[left[start : start + 2]], trim)[2] <= CRITICAL:
            continue
        best, most = start + 2, -np.inf
        for end in range(start + 2, left.size + 1):
            ratio = log_t(y[left[start:end]], trim)[2]
            if ratio <= CRITICAL:
                break
            if ratio > most:
                best, most = end, ratio
        return left[start:best]
    return None


def _members(y: Array, left: Codes, core: Codes, trim: float) -> Codes:
    """The core and each unit that converges with it; the criterion is raised until they converge together."""
    others = left[~np.isin(left, core)]
    ratio = np.array([log_t(y[np.append(core, i)], trim)[2] for i in others])
    criterion = 0.0
    while True:
        club = left[np.isin(left, np.concatenate([core, others[ratio > criterion]]))]
        if club.size == core.size or log_t(y[club], trim)[2] > CRITICAL:
            return club
        # To the next value at which a unit falls out.
        criterion = max(criterion + RAISE, float(ratio[ratio > criterion].min()))


def _merged(y: Array, clubs: list[Codes], trim: float) -> list[Codes]:
    """Clubs next to each other that converge together are one (Phillips and Sul 2009)."""
    merged: list[Codes] = []
    for club in clubs:
        if merged and log_t(y[np.concatenate([merged[-1], club])], trim)[2] > CRITICAL:
            merged[-1] = np.concatenate([merged[-1], club])
        else:
            merged.append(club)
    return merged
