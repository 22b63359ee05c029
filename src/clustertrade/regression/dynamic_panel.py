"""Dynamic panel regressions by GMM: sample, equations, instruments, and what is tested about them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import chdtrc, ndtr

from clustertrade.batch import dynamic, gmm
from clustertrade.errors import InfeasibleError, UsageError, first_of
from clustertrade.panel import Array, Mask, Panel
from clustertrade.regression.rows import CONSTANT

PLM = gmm.Rank(1.4901161193847656e-08, 1e-9)               # a generalised inverse where an eigenvalue is below 1e-9


@dataclass(frozen=True)
class Group:
    """Instruments that stand and fall together: a name, and (N, R, L) over the rows of all equations."""

    name: str
    columns: Array
    levels: bool = False                                   # lagged differences, of the equation in levels


@dataclass(frozen=True)
class Model:
    """A dynamic panel model with its solution.

    ``level_y`` (N, T) and ``level_x`` (N, T, K) hold the levels, zero where ``valid`` is False; ``root`` (N, R, T)
    turns them into the R rows of the equations (transformed, then levels for the system).
    """

    asked: str
    panel: Panel
    names: tuple[str, ...]
    level_y: Array
    level_x: Array
    valid: Mask
    rows: Mask                                             # (N, T) of the transformed equation
    root: Array
    x: Array
    z: Array
    groups: tuple[Group, ...]
    solution: gmm.Solution
    system: bool
    orthogonal: bool
    options: Mapping[str, Any]
    dummies: tuple[int, ...] = ()                          # columns of x that are period dummies
    periods: tuple[int, ...] = ()
    cache: dict[str, Any] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Observations: rows of the levels in the system, else of the transformed equation."""
        return int(self.valid.sum() if self.system else self.rows.sum())

    @property
    def n_instruments(self) -> int:
        """Number of instruments."""
        return self.z.shape[2]

    @property
    def overidentifying(self) -> int:
        """Degrees of freedom of Sargan and Hansen tests."""
        return (self.n_instruments if self.plm else self.solution.rank1) - len(self.names)

    @property
    def plm(self) -> bool:
        """Whether formulas are those of plm."""
        return self.options["convention"] == "plm"

    @property
    def sigma2(self) -> float:
        """Variance of the errors in levels, from the residuals of the first step."""
        t = self.valid.shape[1]
        total = float((self.solution.resid1[:, :t] ** 2).sum()) / (1 if self.orthogonal else 2)
        if total <= 1e-24 * float((self.level_y**2).sum()):
            raise InfeasibleError(f"{self.asked}: the equations fit without error, so that nothing can be tested")
        if self.options["convention"] == "gretl":
            return total / self.n
        return total / (int(self.rows.sum()) - len(self.names))

    @property
    def covariance(self) -> Array:
        """Covariance (K, K) of the coefficients by ``cov`` and ``steps``."""
        if "covariance" not in self.cache:
            self.cache["covariance"] = self._covariance()
        return self.cache["covariance"]

    def _covariance(self) -> Array:
        s = self.solution
        if self.options["cov"] == "robust":
            return gmm.robust_one_step(s) if s.steps == 1 else gmm.corrected(s, self.x, self.z)
        if s.steps == 2:
            return s.bread
        return s.bread1 / len(self.valid) if self.plm else s.bread1 * self.sigma2

    def sargan(self) -> tuple[float, float, int]:
        """Sargan's statistic, p and degrees of freedom; efficient only under homoskedasticity."""
        s = self.solution
        if self.plm:
            value = gmm.overidentification(s.moments, s.weight1) * len(self.valid)
        else:
            value = gmm.overidentification(s.moments1, s.weight1) / self.sigma2
        return value, float(chdtrc(self.overidentifying, value)), self.overidentifying

    def hansen(self) -> tuple[float, float, int]:
        """Hansen's J at two-step estimates, p and degrees of freedom; with plm at the estimates of the last step."""
        s = self.solution
        moments = s.moments
        if s.steps == 1 and not self.plm:
            moments = self._at_two_steps()
        value = max(gmm.overidentification(moments, s.weight2), 0.0)                  # zero up to rounding
        return value, float(chdtrc(self.overidentifying, value)), self.overidentifying

    def _at_two_steps(self) -> Array:
        s = self.solution
        y = s.resid1 + self.x @ s.beta1
        try:
            beta, _ = gmm.step(s.zx, np.einsum("nrl,nr->l", self.z, y, optimize=True), s.weight2)
        except np.linalg.LinAlgError:
            raise _unidentified(self.asked, self.z, self.x) from None
        return np.einsum("nrl,nr->nl", self.z, y - self.x @ beta, optimize=True)

    def serial(self, order: int) -> tuple[float | None, float | None]:
        """m of Arellano and Bond for that order, and its two-sided p; in first differences also after deviations."""
        d = dynamic.differences(self.valid)
        x = d @ self.level_x
        resid = np.einsum("nst,nt->ns", d, self.level_y) - x @ self.solution.beta
        equal = None
        if self.solution.steps == 1 and self.options["cov"] == "unadjusted" and not self.plm:
            equal = self.sigma2, d, np.matmul(self.root.transpose(0, 2, 1), self.z)
        value = gmm.serial_correlation(resid, x, order, self.solution, self.covariance, equal)
        return value, None if value is None else float(2 * ndtr(-abs(value)))

    def difference_hansen(self) -> list[dict[str, Any]]:
        """Difference-in-Hansen tests of groups of instruments.

        J of all minus J without the group, both with the second-step moments' covariance of all (Hayashi 2000, p. 220),
        so that the difference is not negative.
        """
        s = self.solution
        k = len(self.names)
        if s.rank2 < self.n_instruments:
            return []
        full, _, df = self.hansen()
        tested = [(g.name, [h is not g for h in self.groups]) for g in self.groups]
        if self.system:
            tested.insert(0, ("levels", [not h.levels for h in self.groups]))
        sizes = [g.columns.shape[2] for g in self.groups]
        y = s.resid1 + self.x @ s.beta1
        zy = np.einsum("nrl,nr->l", self.z, y, optimize=True)
        found = []
        for name, kept in tested:
            keep = np.repeat(kept, sizes)
            if keep.sum() < k or np.linalg.matrix_rank(s.zx[keep]) < k:
                continue
            weight, _ = gmm.inverse_of_products(s.moments1[:, keep])
            try:
                beta, _ = gmm.step(s.zx[keep], zy[keep], weight)
            except np.linalg.LinAlgError:                  # what is left does not tell the regressors apart
                continue
            total = zy[keep] - s.zx[keep] @ beta
            j, left = float(total @ weight @ total), int(keep.sum()) - k
            found.append({"group": name, "excluding": {"statistic": j, "df": left, "pvalue": _tail(left, j)},
                          "statistic": full - j, "df": df - left, "pvalue": _tail(df - left, full - j)})
        return found


def _tail(df: int, value: float) -> float | None:
    return float(chdtrc(df, value)) if df > 0 else None


def limits(text: str, names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Lag limits of the instruments of each variable: ``2:99``, or ``2:99,w=1:4,v=none`` where some have their own.

    >>> limits("2:99,w=1:4,v=none", ["y", "w", "v"])
    {'y': (2, 99), 'w': (1, 4)}
    """
    found: dict[str, tuple[int, int] | None] = {}
    default: tuple[int, int] | None = (2, 99)
    for part in str(text).split(","):
        match = re.fullmatch(r"(?:(.+)=)?\s*(?:(\d+)(?::(\d+))?|none)\s*", part.strip())
        if not match or (match[2] and int(match[2]) > int(match[3] or match[2])) or not (match[1] or match[2]):
            raise UsageError(f"--gmm-lags {text}: A:B with A at most B, such as 2:99; for one variable NAME=A:B or "
                             "NAME=none after a comma")
        pair = (int(match[2]), int(match[3] or match[2])) if match[2] else None
        if match[1] is None:
            default = pair
        elif match[1].strip() not in names:
            raise UsageError(f"--gmm-lags {text}: {match[1]} is not instrumented by its lags; those are "
                             f"{first_of(names, 12)}")
        else:
            found[match[1].strip()] = pair
    limited = {name: found.get(name, default) for name in names}
    return {name: pair for name, pair in limited.items() if pair is not None}


def _unidentified(asked: str, z: Array, x: Array) -> InfeasibleError:
    return InfeasibleError(f"{asked}: {z.shape[2]} instruments of {len(z)} entities do not identify the "
                           f"{x.shape[2]} coefficients; use more entities or fewer regressors")


def fit(asked: str, y: Panel, x: Panel | None, *, system: bool, y_lags: int, gmm_lags: str, steps: int, collapse: bool,
        endog: Panel | None, instrument: Panel | None, effects: str | None, deviations: str, cov: str,
        convention: str) -> Model:
    """Build the equations, solve them.

    Raises
    ------
    UsageError
        Malformed lag limits; no regressor; an instrument that is a regressor.
    InfeasibleError
        No rows, fewer instruments than coefficients, collinear regressors.
    """
    exogenous = [c for c in (x.variables if x is not None else ()) if endog is None or c not in endog.variables]
    ours = [*(x.variables if x is not None else ()), *(c for c in (endog.variables if endog is not None else ())
                                                      if x is None or c not in x.variables)]
    outside = list(instrument.variables) if instrument is not None else []
    if both := [c for c in outside if c in ours]:
        raise UsageError(f"{asked}: {first_of(both)} is a regressor; an exogenous regressor is its own instrument")
    if CONSTANT in ours:
        raise UsageError(f"a regressor is called {CONSTANT}, the name of the constant that is added; rename it")
    if not ours and not y_lags:
        raise UsageError(f"{asked} needs --y-lags of at least 1, or --x")
    level_y = y.series
    values = {c: panel.values[:, :, j] for panel in (x, endog, instrument) if panel is not None
              for j, c in enumerate(panel.variables)}
    names = [*(f"L{k}.{y.name}" for k in range(1, y_lags + 1)), *ours]
    columns = [*(dynamic.lagged(level_y, k) for k in range(1, y_lags + 1)), *(values[c] for c in ours)]
    level_x = np.stack(columns, -1)
    valid = np.isfinite(level_y) & np.isfinite(level_x).all(-1)
    for c in outside:
        valid &= np.isfinite(values[c])
    orthogonal = deviations == "orthogonal"
    used = np.asarray((dynamic.deviations if orthogonal else dynamic.differences)(valid).any((1, 2)))
    if not used.any():
        raise InfeasibleError(f"{asked}: no entity has two consecutive periods with {y_lags} lags of {y.name}; "
                              "use fewer lags")
    if system:
        used |= valid.any(1)
    valid, level_y, level_x = valid[used], level_y[used], level_x[used]
    values = {c: v[used] for c, v in values.items()}
    transform = (dynamic.deviations if orthogonal else dynamic.differences)(valid)
    rows: Mask = np.asarray(transform.any(2))
    periods = [int(p) for p in np.flatnonzero(valid.any(0))]
    dummies: list[int] = []
    if effects == "time":
        dummies = list(range(len(names), len(names) + len(periods) - 1))
        level_x = np.concatenate([level_x, np.broadcast_to(np.eye(valid.shape[1])[:, periods[1:]],
                                                           (*valid.shape, len(periods) - 1))], -1)
        names += [y.times[p] for p in periods[1:]]
    plm = convention == "plm"
    if system and (effects == "time" or not plm):
        level_x = np.concatenate([level_x, np.ones((*valid.shape, 1))], -1)
        names.append(CONSTANT)
    filled_y = np.where(valid, level_y, 0.0)
    filled_x = np.where(valid[..., None], level_x, 0.0)
    by_lags = [*([y.name] if y_lags else []), *(endog.variables if endog is not None else ())]
    groups = _instruments(y.name, level_y, values, valid, rows, transform, filled_x, names, dummies, system,
                          limits(gmm_lags, by_lags), collapse, [*exogenous, *outside], plm,
                          convention in ("plm", "gretl"))
    root = transform
    if system:
        level = np.where(valid[:, :, None], np.eye(valid.shape[1]), 0.0)
        root = np.concatenate([transform, level], 1)
    if not groups:
        raise InfeasibleError(f"{asked} --gmm-lags {gmm_lags}: no lag of that order is within the sample, so that "
                              "there are no instruments")
    z = np.concatenate([g.columns for g in groups], 2)
    new_y = np.einsum("nrt,nt->nr", root, filled_y, optimize=True)
    new_x = root @ filled_x
    _refuse(asked, names, new_x, z)
    try:
        solution = gmm.solve(new_y, new_x, z, root, steps, PLM if plm else gmm.EXACT)
    except np.linalg.LinAlgError:
        raise _unidentified(asked, z, new_x) from None
    return Model(asked, y.select(entities=used), tuple(names), filled_y, filled_x, valid, rows, root, new_x, z,
                 tuple(groups), solution, system, orthogonal,
                 {"cov": cov, "convention": convention, "steps": steps}, tuple(dummies), tuple(periods[1:]))


def _instruments(y_name: str, level_y: Array, values: Mapping[str, Array], valid: Mask, rows: Mask,
                 transform: Array, filled_x: Array, names: Sequence[str], dummies: Sequence[int], system: bool,
                 lags: Mapping[str, tuple[int, int]], collapse: bool, exogenous: Sequence[str], plm: bool,
                 raw: bool) -> list[Group]:
    """Groups of instruments: lags of each variable (and its differences for the levels), exogenous x, periods."""
    n, t = valid.shape
    nothing = np.zeros((n, t, 0))
    found: list[Group] = []

    sizes: list[float] = []                                # rank must not depend on units, except as programs have it

    def add(name: str, upper: Array, lower: Array, size: float = 1.0, levels: bool = False) -> None:
        wide = upper.shape[2] or lower.shape[2]
        upper = upper if upper.shape[2] else np.zeros((n, t, wide))
        lower = lower if lower.shape[2] else np.zeros((n, t, wide))
        made = np.concatenate([upper, lower], 1) if system else upper
        found.append(Group(name, made, levels))
        sizes.append(1.0 if raw else size)

    for name, (first, last) in lags.items():
        series = level_y if name == y_name else values[name]
        size = float(np.nanstd(series))
        add(name, dynamic.lag_instruments(series, rows, first, last, collapse, first_again=plm), nothing, size)
        if system:
            back = 1 if plm else max(first - 1, 0)
            change = series - dynamic.lagged(series, 1)
            add(f"d.{name}", nothing, dynamic.lag_instruments(change, valid, back, back, collapse), size,
                levels=True)
    for name in exogenous:
        series = np.where(valid, values[name], 0.0)
        size = float(np.sqrt((series**2).sum() / valid.sum()))
        moved = np.einsum("nst,nt->ns", transform, series)[..., None]
        if system and plm:
            add(name, moved, nothing, size)
            add(f"{name} (levels)", nothing, series[..., None], size)
        else:
            add(name, moved, series[..., None], size)
    if dummies:
        level = filled_x[:, :, dummies]
        add("periods", nothing if system else transform @ level, level)
    if CONSTANT in names:
        add(CONSTANT, nothing, valid[..., None].astype(float))
    full = np.concatenate([g.columns for g in found], 2)
    kept = np.zeros(full.shape[2], dtype=bool)
    kept[dynamic.distinct(full)] = True
    kept &= full.any((0, 1))
    ends = np.cumsum([0, *(g.columns.shape[2] for g in found)])
    trimmed = [Group(g.name, g.columns[:, :, kept[a:b]] / size, g.levels)
               for g, a, b, size in zip(found, ends[:-1], ends[1:], sizes, strict=True)]
    return [g for g in trimmed if g.columns.shape[2]]


def _refuse(asked: str, names: Sequence[str], x: Array, z: Array) -> None:
    flat = x.reshape(-1, x.shape[2])
    size = np.sqrt((flat**2).sum(0))
    left = np.abs(np.diagonal(np.linalg.qr(flat / np.where(size > 0, size, 1.0), mode="r")))
    if (bad := np.flatnonzero(left <= 1e-9)).size or len(left) < len(names):
        name = names[int(bad[0]) if bad.size else len(left)]
        still = size[names.index(name)] <= 1e-12
        what = "does not change over time" if still else "is an exact linear function of others"
        raise InfeasibleError(f"{asked}: {name} {what} in the transformed equation; leave it out")
    if z.shape[2] < len(names):
        raise InfeasibleError(f"{asked}: {z.shape[2]} instruments for {len(names)} coefficients; allow more lags "
                              "(--gmm-lags), or name fewer regressors --endog")
