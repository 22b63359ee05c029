"""What the models of interacting quantities share: steps of their paths, least squares, bootstrapped intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clustertrade.batch.ols import Collinear, TooShort, ols
from clustertrade.errors import DataError, InfeasibleError, UsageError, first_of
from clustertrade.measures.subsystems import parse
from clustertrade.measures.tidy import Array, Codes, Mask, Tidy, read
from clustertrade.timeindex import steps


@dataclass(frozen=True)
class Paths:
    """Steps of the paths, unit after unit: values before and after each, (m, k)."""

    tidy: Tidy
    names: tuple[str, ...]
    before: Array
    after: Array
    first: Codes                                           # (m,) row of the data where the step begins
    last: Codes                                            # (m,) and where it ends
    unit: Codes                                            # (m,)

    def label(self, step: int) -> str:
        """The step's last period, with its unit, as a reader names it."""
        return self.tidy.label(self.last[step])


def read_paths(procedure: str, data: pd.DataFrame, subsystem: Sequence[str], indicator: Sequence[str],
               unit: str | None, time: str | None, *, signed: bool, most: int | None = None) -> Paths:
    """The levels of each quantity over time.

    Raises
    ------
    UsageError
        Fewer than two quantities, or more than ``most``; a subsystem of several columns; no time.
    DataError
        What ``tidy.read`` refuses; a period that is missing in between.
    """
    found = parse(procedure, subsystem, indicator)
    if most is not None and len(found) > most:
        raise UsageError(f"{procedure} takes {most} quantities, not {len(found)}")
    if several := [s.name for s in found if len(s.parameters) > 1 or s.parameters[0].direction != "+"]:
        raise UsageError(f"{procedure} takes one column a subsystem, more of it being more: {first_of(several)}. Make "
                         "an index of several columns first")
    if time is None:
        raise UsageError(f"{procedure} follows quantities over time and needs --time")
    columns = [s.parameters[0].column for s in found]
    tidy = read(procedure, data, {"unit": unit, "time": time}, {c: c for c in columns},
                signed=columns if signed else ())
    number = steps([str(v) for v in tidy.levels["time"]])[0][tidy.codes["time"]]
    units = tidy.codes.get("unit", np.zeros(tidy.n, dtype=np.int64))
    order = np.lexsort((number, units))
    first, last = order[:-1], order[1:]
    same = units[first] == units[last]
    first, last = first[same], last[same]
    if (holes := np.flatnonzero(number[last] - number[first] != 1)).size:
        said = (f"{tidy.label(first[h])} to {tidy.label(last[h])}" for h in holes[:6])
        raise DataError(f"{procedure}: periods are missing between {first_of(said)}; give a run without a gap")
    values = np.column_stack([tidy.numbers[c] for c in columns])
    return Paths(tidy, tuple(s.name for s in found), values[first], values[last], first, last, units[last])


@dataclass(frozen=True)
class Fit:
    """Equations by least squares: coefficients and standard errors (G, K), residuals (G, m), degrees of freedom."""

    beta: Array
    se: Array
    resid: Array
    df: Array
    r2: Array                                              # about the mean of y, as equations with a constant have it
    draws: Array                                           # (R, G, K) of the bootstrap; R = 0 without
    draws_t: Array                                         # (R, G, K) (draw - beta)/se of the draw

    def interval(self, level: float) -> tuple[Array, Array]:
        """Bootstrap-t interval of each coefficient, or of Student's t without bootstrap."""
        if len(self.draws_t):
            low, high = np.quantile(self.draws_t, [1 - level / 2, level / 2], axis=0)
            return self.beta - low * self.se, self.beta - high * self.se
        from scipy.special import stdtrit

        reach = stdtrit(self.df, 1 - level / 2)[:, None] * self.se
        return self.beta - reach, self.beta + reach

    @property
    def pvalues(self) -> Array:
        """Two-sided p-values of the coefficients from Student's t."""
        from scipy.special import stdtr

        return 2 * stdtr(self.df[:, None], -np.abs(self.beta / self.se))


def fit(procedure: str, names: Sequence[str], y: Array, x: Array, valid: Mask, replications: int, seed: int, *,
        lost: int = 0) -> Fit:
    """Least squares of each equation, and a bootstrap of its residuals around the fitted values.

    y (G, m), x (G, m, K), valid (G, m); ``names`` (G,) for messages; ``lost`` degrees of freedom taken out beforehand.
    Regressors are kept as they are, and residuals, scaled to the error variance, are drawn for all equations together
    where these have the same rows, so that their correlation stays.

    Raises
    ------
    InfeasibleError
        Too few rows for the coefficients, or regressors that are collinear.
    """
    k = x.shape[-1]
    if (short := np.flatnonzero(valid.sum(1) - k - lost <= 0)).size:
        raise InfeasibleError(f"{procedure}: the equation of {first_of(names[int(g)] for g in short)} has {k + lost} "
                              f"coefficients and {int(valid[short[0]].sum())} steps; it needs at least {k + lost + 1}")
    try:
        beta, se, resid, df = ols(y, x, valid)
    except (TooShort, Collinear) as wrong:
        who = first_of(names[int(g)] for g in wrong.rows)
        raise InfeasibleError(f"{procedure}: the regressors of {who} are collinear: a quantity does not vary, or moves "
                              "with another") from None
    se = se * np.sqrt(df / (df - lost))[:, None]
    df = df - lost
    count = valid.sum(1)
    clean = np.where(valid, y, 0.0)
    spread = np.where(valid, y - (clean.sum(1) / count)[:, None], 0.0)
    total = (spread**2).sum(1)
    r2 = np.where(total > 0, 1 - (resid**2).sum(1) / np.where(total > 0, total, 1.0), np.nan)
    draws = np.empty((0, *beta.shape))
    if not replications:
        return Fit(beta, se, resid, df, r2, draws, draws)
    rng = np.random.default_rng(seed)
    masked = np.where(valid[..., None], x, 0.0)
    inverse = np.linalg.pinv(masked)                       # (G, K, m)
    gram = np.diagonal(inverse @ inverse.swapaxes(1, 2), axis1=1, axis2=2)
    fitted = np.einsum("gmk,gk->gm", masked, beta)
    shared = bool((valid == valid[0]).all())
    picks = None
    noise = np.zeros((replications, *y.shape))
    for g in range(len(y)):
        rows = np.flatnonzero(valid[g])
        pool = resid[g, rows] - resid[g, rows].mean()
        pool = pool * np.sqrt(resid[g] @ resid[g] / df[g] / max(pool @ pool / rows.size, 1e-300))
        if picks is None or not shared:
            picks = rng.integers(rows.size, size=(replications, rows.size))
        noise[:, g, rows] = pool[picks]
    drawn = np.where(valid, fitted + noise, 0.0)
    draws = np.einsum("gkm,rgm->rgk", inverse, drawn)
    rest = drawn - np.einsum("gmk,rgk->rgm", masked, draws)
    errors = np.sqrt((rest**2).sum(-1)[..., None] / df[:, None] * gram)
    return Fit(beta, se, resid, df, r2, draws, (draws - beta) / np.maximum(errors, 1e-300))
