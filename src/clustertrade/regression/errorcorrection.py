"""An ARDL model of every entity in error-correction form: its variables, its own long run, how fast it returns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri, stdtrit

from clustertrade.batch.lags import diff, lag, lag_columns
from clustertrade.batch.ols import Array, Mask, TooShort, ols
from clustertrade.batch.quadratic import quadratic
from clustertrade.batch.trend import TERMS, unit_terms
from clustertrade.errors import UsageError, first_of
from clustertrade.panel import Panel
from clustertrade.regression.crosssection import averages
from clustertrade.regression.heterogeneous import TERM_NAMES, refuse_reserved


@dataclass(frozen=True)
class ErrorCorrection:
    """d.y_t on y_{t-1}, x_t, p - 1 lags of d.y, d.x and q - 1 lags of it: an ARDL(p, q, ..., q).

    change, level (N, T); x (N, T, K); short (N, T, S) named ``short_names``; terms (N, T, d); valid (N, T);
    ``order`` (p, q).
    """

    change: Array
    level: Array
    x: Array
    short: Array
    short_names: tuple[str, ...]
    terms: Array
    valid: Mask
    order: tuple[int, int]
    warnings: tuple[str, ...] = ()

    @property
    def outer(self) -> Array:
        """Short-run regressors and deterministic terms, (N, T, S + d)."""
        return np.concatenate([self.short, self.terms], -1)

    @property
    def outer_names(self) -> tuple[str, ...]:
        """Their names."""
        return (*self.short_names, *TERM_NAMES[: self.terms.shape[-1]])


def fewest(options: dict[str, Any] | Any) -> int:
    """Periods that an entity needs for one degree of freedom in its own ARDL."""
    p = max(int(options["y_lags"]), 1)
    q = options["lags"] if isinstance(options["lags"], int) else options["max_lags"] or 0
    k = len(options["x"])
    return max(p, q) + 1 + k + (p - 1) + k * q + TERMS[options["trend"]] + 1


def error_correction(asked: str, y: Panel, x: Panel, y_lags: int, lags: int | str, max_lags: int | None, trend: str,
                     demean: bool = False) -> ErrorCorrection:
    """The variables of an ARDL(y_lags, lags, ..., lags); a criterion chooses one ``lags`` for all entities.

    The criterion is that of all entities' own regressions together (log-likelihoods and coefficients added), on the
    periods that every order has.

    Raises
    ------
    UsageError
        Without a lag of y there is no error correction.
    TooShort, Collinear
        With the numbers of the entities.
    """
    refuse_reserved(asked, x)
    if y_lags < 1:
        raise UsageError(f"{asked} --y-lags {y_lags}: at least 1, for without a lag of {y.name} nothing is corrected")
    valid = y.complete & x.complete
    both = y.join(x).values
    if demean:
        both = np.where(valid[..., None], both - averages(both, valid), np.nan)
    left, right = both[..., 0], both[..., 1:]
    if isinstance(lags, str):
        lags = _chosen(left, right, valid, y_lags, max_lags or 0, lags, trend)
    return _built(y, x, left, right, valid, y_lags, lags, trend)


def _built(y: Panel, x: Panel, left: Array, right: Array, valid: Mask, p: int, q: int, trend: str) -> ErrorCorrection:
    change, level, short, there = _columns(left, right, valid, p, q)
    names = [*(f"L{j}.d.{y.name}" for j in range(1, p)),
             *(f"{f'L{j}.' * (j > 0)}d.{v}" for j in range(q) for v in x.variables)]
    full = np.where(there[..., None], right, 0.0)
    return ErrorCorrection(change, level, full, short, tuple(names), unit_terms(trend, valid), there, (p, q),
                           _after_gaps(y, valid, there, max(p, q)))


def _columns(left: Array, right: Array, valid: Mask, p: int, q: int) -> tuple[Array, Array, Array, Mask]:
    change, first = diff(left, valid)
    level, _ = lag(left, valid)
    own, ok = lag_columns(change, first, range(1, p))
    moves, second = diff(right, valid)
    other, fine = lag_columns(moves, second, range(q))
    there = first & ok & fine
    return np.where(there, change, 0.0), np.where(there, level, 0.0), np.concatenate([own, other], -1), there


def _chosen(left: Array, right: Array, valid: Mask, p: int, most: int, criterion: str, trend: str) -> int:
    common = _columns(left, right, valid, p, most)[3]
    terms = unit_terms(trend, valid)
    table = []
    for q in range(most + 1):
        change, level, short, _ = _columns(left, right, valid, p, q)
        z = np.concatenate([level[..., None], np.where(common[..., None], right, 0.0), short, terms], -1)
        _, _, resid, _ = ols(change, z, common)
        n = common.sum(1).astype(float)
        each = {"aic": np.full_like(n, 2.0), "bic": np.log(n), "hqic": 2 * np.log(np.log(n))}[criterion]
        rss = np.maximum((resid**2).sum(1), np.finfo(float).tiny)
        table.append(float((n * np.log(rss / n) + each * z.shape[-1]).sum()))
    return int(np.argmin(table))


def _after_gaps(y: Panel, valid: Mask, there: Mask, most: int) -> tuple[str, ...]:
    seen = np.cumsum(valid, 1)
    lost = (valid & ~there & (seen > most)).sum(1)
    if not lost.any():
        return ()
    who = [f"{e} ({k})" for e, k in zip(y.entities, lost.tolist(), strict=True) if k]
    return (f"{int(lost.sum())} rows after a gap have no row one period before and fall out: {first_of(who, 50)}",)


def own_long_run(model: ErrorCorrection) -> tuple[Array, Array, Array]:
    """Each entity's own long-run slopes (N, K), all its coefficients (N, 1 + K + S + d), its residuals (N, T).

    Raises
    ------
    TooShort, Collinear
        With the numbers of the entities.
    """
    z = np.concatenate([model.level[..., None], model.x, model.outer], -1)
    beta, _, resid, df = ols(model.change, z, model.valid)
    if (df <= 0).any():
        raise TooShort(np.flatnonzero(df <= 0))
    return -beta[:, 1: 1 + model.x.shape[-1]] / beta[:, :1], beta, resid


def half_life(speed: float, se: float | None, level: float, df: float | None = None) -> dict[str, Any]:
    """Periods until half of a deviation is gone: ln(1/2) / ln(1 + speed), and an interval from that of the speed.

    Only for a speed between -1 and 0; below, the deviation ``oscillates`` (to -2) or ``does not return``.  The
    interval is the image of that of the speed: it starts at 0 where that reaches -1, and has no end (None) where that
    reaches 0.

    Examples
    --------
    >>> half_life(-0.5, None, 0.05)
    {'adjustment': 'returns', 'value': 1.0, 'ci': None}
    >>> half_life(-1.2, 0.1, 0.05)
    {'adjustment': 'oscillates', 'value': None, 'ci': None}
    """
    if not -1 < speed < 0:
        return {"adjustment": "oscillates" if -2 < speed <= -1 else "does not return", "value": None, "ci": None}
    ends = None
    if se is not None:
        width = se * float(-ndtri(level / 2) if df is None else -stdtrit(df, level / 2))
        low, high = speed - width, speed + width
        ends = [math.log(0.5) / math.log1p(low) if low > -1 else 0.0,
                math.log(0.5) / math.log1p(high) if high < 0 else None]
    return {"adjustment": "returns", "value": math.log(0.5) / math.log1p(speed), "ci": ends}


def contrast(names: Sequence[str], consistent: Array, v_consistent: Array, efficient: Array,
             v_efficient: Array) -> dict[str, Any]:
    """Hausman's test of two estimates of the long run: chi2, df, pvalue; None where V1 - V2 is not positive definite.

    ``names`` are those of the slopes that are compared.
    """
    from scipy.special import chdtrc

    chi2 = quadratic(consistent - efficient, v_consistent - v_efficient)
    return {"chi2": chi2, "df": len(names), "pvalue": None if chi2 is None else float(chdtrc(len(names), chi2)),
            "definite": chi2 is not None}
