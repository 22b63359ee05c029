"""What every procedure asks of its data before it computes: one place, one wording."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from clustertrade.batch.trend import detrend
from clustertrade.errors import DataError, InfeasibleError, first_of
from clustertrade.panel import Array, Mask, Panel

EXTREMES = (1e-60, 1e60)                                   # of the largest absolute value of a variable


@dataclass(frozen=True)
class Needs:
    """What a procedure needs of the data; a function of its options."""

    n: int = 1                     # entities
    t: int = 2                     # complete periods of every entity
    longest: bool = False          # whether t is asked of the longest entity only
    gaps: bool = False             # whether periods may be missing in between
    balanced: bool = False         # whether all entities need the same periods
    history: bool = False          # whether y is read in periods in which x is missing, as instruments are
    within: bool = False           # whether a regression runs for each entity, so that each must vary
    varying: bool = False          # whether entities whose y is constant are left out, as their correlations are none
    x_max: int | None = None       # most regressors


class Asking(Protocol):
    """What the checks must know of a procedure."""

    @property
    def name(self) -> str:
        """Its name, with which every message begins."""

    @property
    def family(self) -> str:
        """Its family."""

    @property
    def needs(self) -> Callable[[Mapping[str, Any]], Needs]:
        """What it needs of the data with some options and names, ``n_entities`` among them."""


def default_max_lags(sample: Panel) -> int:
    """floor(4 (T/100)^(2/9)) with T the shortest entity (Schwert 1989)."""
    shortest = int(sample.complete.sum(1).min())
    return max(math.floor(4 * (shortest / 100) ** (2 / 9)), 1)


def clean_sample(procedure: Asking, y: Panel, x: Panel | None, options: dict[str, Any],
                 names: Mapping[str, Any], beside: Panel | None = None) -> tuple[Panel, list[str]]:
    """The panel of y, x and the columns beside them that the procedure runs on, and what was left out on the way.

    Raises
    ------
    InfeasibleError
        Constant or collinear columns, too few entities or periods, unbalanced data where balance is needed.
    DataError
        Gaps in time where the procedure cannot have them.
    """
    asked = procedure.name
    if x is not None and y.name in x.variables:
        raise InfeasibleError(f"{asked}: {y.name} is both y and x")
    sample = y.join(x).join(beside)
    warnings: list[str] = []
    needs = procedure.needs({**options, **names, "max_lags": options.get("max_lags")})
    if needs.x_max is not None and x is not None and x.n_variables > needs.x_max:
        raise InfeasibleError(f"{asked}: at most {needs.x_max} x, not {x.n_variables}")
    sample = _without_empty(asked, sample, warnings, needs.history)
    if not needs.gaps:
        sample = _edges_trimmed(asked, sample)
    elif procedure.family in ("estimators", "specification"):
        _say_incomplete_rows(sample, warnings)
    balanced = options.get("balanced", "allow")
    if not sample.is_balanced and not (needs.gaps and balanced == "allow"):
        if balanced == "require" or (needs.balanced and balanced != "trim"):
            short = [sample.entities[i] for i in np.flatnonzero(~sample.complete.all(1))]
            raise InfeasibleError(f"{asked} needs every entity over the same periods; {len(short)} of "
                                  f"{sample.n_entities} lack some: {first_of(short)}. --balanced trim keeps the "
                                  f"{int(sample.complete.all(0).sum())} periods that all have")
        if balanced == "trim":
            sample = _trimmed(asked, sample, warnings)
    _refuse_extreme(asked, sample)
    if needs.varying:
        sample = _without_constant(asked, sample, y.name, needs.t, warnings)
    _refuse_degenerate(asked, sample[[y.name, *(x.variables if x is not None else ())]], y.name, needs.within)
    if options.get("demean"):
        _refuse_common(asked, sample)
    if procedure.family == "unitroot" and options.get("trend") == "ct":
        _refuse_lines(asked, sample[y.name])
    _refuse_small(procedure, sample, options, {**names, "n_entities": sample.n_entities}, needs)
    longest = int(sample.complete.sum(1).max())
    if isinstance(width := options.get("bandwidth"), int) and width >= longest:
        raise InfeasibleError(f"{asked}: bandwidth {width} needs more than {width} periods; there are {longest}. "
                              "--bandwidth auto, or less")
    return sample, warnings


def _without_empty(asked: str, sample: Panel, warnings: list[str], history: bool) -> Panel:
    some = np.asarray(sample.complete.any(1))
    if not some.any():
        raise InfeasibleError(f"{asked}: no row has all of {first_of(sample.variables, 12)}")
    if not some.all():
        gone = [e for e, full in zip(sample.entities, some, strict=True) if not full]
        warnings.append(f"{len(gone)} entities have no complete row and are left out: {first_of(gone, 50)}")
        sample = sample.select(entities=some)
    there = np.isfinite(sample.values[:, :, 0]) if history else sample.complete
    periods = np.flatnonzero(there.any(0))
    return sample.select(periods=slice(periods[0], periods[-1] + 1))


def _edges_trimmed(asked: str, sample: Panel) -> Panel:
    full = sample.complete
    inside = (np.cumsum(full, 1) > 0) & (np.cumsum(full[:, ::-1], 1)[:, ::-1] > 0)
    if (gap := inside & ~full).any():
        rows = np.flatnonzero(gap.any(1))
        where = [f"{sample.entities[i]} ({first_of([sample.times[j] for j in np.flatnonzero(gap[i])], 3)})".strip()
                 for i in rows]
        raise DataError(f"{asked}: gaps in time: {first_of(where)}. A lag over a gap is no lag: complete the periods, "
                        "or use the part before or after the gap")
    return sample.with_values(np.where(full[..., None], sample.values, np.nan))


def _say_incomplete_rows(sample: Panel, warnings: list[str]) -> None:
    partial = np.isfinite(sample.values).any(-1) & ~sample.complete
    if partial.any():
        who = [f"{sample.entities[i]} ({int(partial[i].sum())})" for i in np.flatnonzero(partial.any(1))]
        warnings.append(f"{int(partial.sum())} rows fall out for missing values: {first_of(who, 50)}")


def _trimmed(asked: str, sample: Panel, warnings: list[str]) -> Panel:
    kept = sample.balance()
    if not kept.n_periods:
        raise InfeasibleError(f"{asked}: --balanced trim leaves nothing: no period is complete for all entities")
    warnings.append(f"--balanced trim: {kept.n_periods} of {sample.n_periods} periods are complete for all "
                    f"{sample.n_entities} entities and kept ({kept.times[0]} to {kept.times[-1]})")
    return kept


def _refuse_degenerate(asked: str, sample: Panel, y: str, within: bool) -> None:
    full = sample.complete
    cells = sample.values[full]                                               # (n, K)
    for k, name in enumerate(sample.variables):
        if _constant(cells[:, k]):
            raise InfeasibleError(f"{asked}: {name} is constant ({cells[0, k]:g} in all {len(cells)} rows)")
    if within:
        there = full[..., None]
        whole = bool(full.all())
        high = (sample.values if whole else np.where(there, sample.values, -np.inf)).max(1)          # (N, K)
        low = (sample.values if whole else np.where(there, sample.values, np.inf)).min(1)
        flats = np.asarray(full.any(1))[:, None] & _flat(high, low)
        for k, name in enumerate(sample.variables):
            if flat := [sample.entities[i] for i in np.flatnonzero(flats[:, k])]:
                raise InfeasibleError(f"{asked} runs a regression for each entity and {name} is constant for "
                                      f"{len(flat)} of {sample.n_entities}: {first_of(flat)}; leave them out")
    if cells.shape[1] > 1:
        _refuse_collinear(asked, cells, sample.variables, y)


def _refuse_extreme(asked: str, sample: Panel) -> None:
    """Numbers whose fourth powers leave the range of double precision."""
    low, high = EXTREMES
    most = np.maximum(np.fmax.reduce(sample.values, (0, 1)), -np.fmin.reduce(sample.values, (0, 1)))    # (K,)
    for k, name in enumerate(sample.variables):
        if (largest := float(most[k])) > high or 0 < largest < low:
            values = np.abs(np.nan_to_num(sample.values[:, :, k]))
            i, j = np.unravel_index(int(values.argmax()), values.shape)
            who = f"{sample.entities[i]} {sample.times[j]}".strip()
            bound = f"above {high:g}" if largest > high else f"below {low:g}"
            raise InfeasibleError(f"{asked}: {name} reaches {largest:g} ({who}), and numbers {bound} cannot be squared "
                                  "and added with any precision: correct the cell, or take another unit")


def _without_constant(asked: str, sample: Panel, y: str, fewest: int, warnings: list[str]) -> Panel:
    values = sample[y].series
    there = np.isfinite(values)
    high, low = np.where(there, values, -np.inf).max(1), np.where(there, values, np.inf).min(1)
    flat = _flat(high, low) & (there.sum(1) >= fewest)
    if not flat.any():
        return sample
    who = [e for e, f in zip(sample.entities, flat, strict=True) if f]
    if (~flat).sum() < 2:
        raise InfeasibleError(f"{asked}: {y} is constant for {len(who)} of {sample.n_entities} entities: "
                              f"{first_of(who)}; a correlation with what does not vary is not defined")
    warnings.append(f"{len(who)} entities in which {y} is constant are left out: {first_of(who, 50)}")
    return sample.select(entities=~flat)


def _refuse_common(asked: str, sample: Panel) -> None:
    """Variables that are the same for all entities, of which the means by period leave rounding errors."""
    there = sample.complete[..., None]
    left = np.abs(np.where(there, sample.with_values(np.where(there, sample.values, np.nan)).demean().values, 0.0))
    size = np.abs(np.where(there, sample.values, 0.0)).max((0, 1))
    if same := [v for v, most, whole in zip(sample.variables, left.max((0, 1)), size, strict=True)
                if most <= 1e-12 * whole]:
        raise InfeasibleError(f"{asked}: {first_of(same)} {'is' if len(same) == 1 else 'are'} the same for all "
                              "entities in every period: --demean leaves nothing of it")


def _refuse_lines(asked: str, sample: Panel) -> None:
    """Series that a constant and a trend describe without error: nothing is left of them to test."""
    there = sample.complete
    size = np.abs(np.where(there, sample.series, 0.0)).max(1)
    left = np.abs(np.where(there, detrend(np.where(there, sample.series, 0.0), there, "ct"), 0.0)).max(1)
    if lines := [sample.entities[i] for i in np.flatnonzero((left <= 1e-12 * size) & (there.sum(1) > 2))]:
        of = f" for {len(lines)} of {sample.n_entities} entities: {first_of(lines)}" if not sample.is_series else ""
        raise InfeasibleError(f"{asked}: {sample.name} is an exact linear trend{of}; nothing is left of it to test")


def _flat(high: Array, low: Array) -> Mask:
    """Whether the largest and the smallest of some values are the same up to rounding."""
    return np.asarray(high - low <= 1e-13 * np.maximum(np.abs(high), np.abs(low)))


def _constant(values: Array) -> bool:
    return bool(np.ptp(values) <= 1e-13 * np.abs(values).max())


def _refuse_collinear(asked: str, cells: Array, names: tuple[str, ...], y: str) -> None:
    centred = cells - cells.mean(0)
    centred = centred / np.sqrt((centred**2).sum(0))
    order = [*(k for k, n in enumerate(names) if n != y), names.index(y)]      # y last: x among themselves first
    left = np.abs(np.diagonal(np.linalg.qr(centred[:, order], mode="r")))
    if len(left) < len(order) or (left <= 1e-9).any():
        short = int(np.flatnonzero(left <= 1e-9)[0]) if len(left) == len(order) else len(left)
        name = names[order[short]]
        others = first_of([names[k] for k in order[:short]], 12)
        raise InfeasibleError(f"{asked}: {name} is an exact linear function of {others}; leave one out")


def _refuse_small(procedure: Asking, sample: Panel, options: Mapping[str, Any], names: Mapping[str, Any],
                  needs: Needs) -> None:
    asked, y = procedure.name, names["y"]
    if sample.n_entities < needs.n:
        raise InfeasibleError(f"{asked} needs at least {needs.n} entities; there are {sample.n_entities}")
    have: Mask | Array = sample.complete.sum(1)
    resolved = dict(options)
    if options.get("max_lags", 0) is None:
        resolved["max_lags"] = default_max_lags(sample)
    wanted = procedure.needs({**resolved, **names}).t
    if (have >= wanted).all() or (needs.longest and (have >= wanted).any()):
        return
    short = [f"{e} ({t:.0f})" if e else f"{t:.0f}" for e, t in zip(sample.entities, have, strict=True) if t < wanted]
    shown = [k for k in ("lags", "order", "max_lags", "trend") if options.get(k) is not None]
    setting = ", ".join(f"{k}={options[k]}" for k in shown)
    message = (f"{asked}: {y} needs at least {wanted} periods{'' if sample.is_series else ' an entity'}"
               f"{' with ' + setting if setting else ''}; {len(short)} of {sample.n_entities} "
               f"{'has' if len(short) == 1 else 'have'} fewer: {first_of(short)}.")
    raise InfeasibleError(message + _remedy(procedure, {**resolved, **names}, int(np.min(have))))


def _remedy(procedure: Asking, options: Mapping[str, Any], shortest: int) -> str:
    key = next((k for k in ("lags", "order") if k in options), None)
    if key is not None:
        most = int(options.get("max_lags") or (options[key] if isinstance(options[key], int) else 8))
        for k in range(min(most, shortest), -1, -1):
            if k >= (key == "order") and procedure.needs({**options, key: k, "max_lags": k}).t <= shortest:
                return f" With --{key} {k} all suffice; otherwise leave these out."
    return " Leave these out, or use more periods."
