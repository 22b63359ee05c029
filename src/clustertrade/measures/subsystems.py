"""Subsystems of a composite system: their parameters, the limits of each, and their order from 0 to 1.

What synergy and coupling share.  A subsystem is written NAME=COL:+,COL:-,COL:LOW..HIGH: more of a parameter is better
(+), worse (-), or best between LOW and HIGH; a weight may follow (COL:+:0.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clustertrade.errors import DataError, InfeasibleError, UsageError, first_of
from clustertrade.measures.indicators import Parameter, critic, parameter_of
from clustertrade.measures.indicators import entropy as entropy_of
from clustertrade.measures.tidy import Array, Tidy, read

WEIGHTINGS = ("equal", "entropy", "critic")
WIDENED = 0.1                                              # share of the extreme by which the limits are moved outwards


@dataclass(frozen=True)
class Subsystem:
    """A named set of parameters."""

    name: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class System:
    """The data of a composite system: rows, parameters (n, J) in the order of the subsystems."""

    tidy: Tidy
    subsystems: tuple[Subsystem, ...]
    values: Array

    @property
    def parameters(self) -> list[Parameter]:
        """All parameters, subsystem after subsystem."""
        return [p for s in self.subsystems for p in s.parameters]

    @property
    def owner(self) -> Array:
        """(J,) number of the subsystem of each parameter."""
        return np.repeat(np.arange(len(self.subsystems)), [len(s.parameters) for s in self.subsystems])


def parse(procedure: str, subsystem: Sequence[str], indicator: Sequence[str] = ()) -> tuple[Subsystem, ...]:
    """Subsystems as given; each ``indicator`` is a subsystem of one parameter with the name of its column.

    Raises
    ------
    UsageError
        A text that is not of the form, a name or column given twice, fewer than two subsystems.
    """
    found = []
    for text in subsystem:
        name, equals, listed = str(text).partition("=")
        if not (name and equals and listed):
            raise UsageError(f"{procedure} --subsystem {text}: write NAME=COL:+,COL:-")
        found.append(Subsystem(name, tuple(parameter_of(procedure, p) for p in listed.split(","))))
    for text in indicator:
        one = parameter_of(procedure, str(text))
        found.append(Subsystem(one.column, (one,)))
    names, columns = [s.name for s in found], [p.column for s in found for p in s.parameters]
    for what, given in (("subsystem", names), ("column", columns)):
        if twice := [g for g in given if given.count(g) > 1]:
            raise UsageError(f"{procedure}: {what} {twice[0]} is given twice")
    if len(found) < 2:
        raise UsageError(f"{procedure} sets subsystems beside each other and needs at least two: --subsystem "
                         f"NAME=COL:+,COL:- for each, or --indicator COL:+ for each; there {_are(len(found))}")
    for s in found:
        if any(p.weight is None for p in s.parameters) != all(p.weight is None for p in s.parameters):
            raise UsageError(f"{procedure}: subsystem {s.name} has weights for some of its parameters only")
    return tuple(found)


def _are(n: int) -> str:
    return f"is {n}" if n == 1 else f"are {n}"


def read_system(procedure: str, data: pd.DataFrame, subsystems: tuple[Subsystem, ...], unit: str | None,
                time: str | None) -> System:
    """The parameters of all subsystems, checked; what ``tidy.read`` refuses is refused."""
    columns = [p.column for s in subsystems for p in s.parameters]
    tidy = read(procedure, data, {"unit": unit, "time": time}, {c: c for c in columns}, signed=columns)
    return System(tidy, subsystems, np.column_stack([tidy.numbers[c] for c in columns]))


def limits_of(procedure: str, system: System, limits: str) -> tuple[Array, Array]:
    """Lower and upper limit (J,) of each parameter by the rule of that name.

    ``minmax``: smallest and largest value of the sample; ``widened``: a tenth of their size further out (0.9 min and
    1.1 max of positive values); LOW:HIGH for all; COL=LOW:HIGH,COL=LOW:HIGH for some, the others by ``minmax``.

    Raises
    ------
    UsageError
        A rule that is not known; a lower limit that is not below the upper one.
    DataError
        A value outside of limits that were given.
    InfeasibleError
        A parameter that does not vary, so that the sample gives no limits.
    """
    low, high = system.values.min(0), system.values.max(0)
    given = np.zeros(low.size, dtype=bool)
    if limits == "widened":
        low, high = low - WIDENED * np.abs(low), high + WIDENED * np.abs(high)
    elif limits != "minmax":
        for at, (bottom, top) in _given(procedure, system, limits).items():
            low[at], high[at], given[at] = bottom, top, True
    names = [p.column for p in system.parameters]
    if (flat := np.flatnonzero(high - low <= 1e-13 * np.maximum(np.abs(low), np.abs(high)))).size:
        raise InfeasibleError(f"{procedure}: {first_of(names[j] for j in flat)} does not vary, so the sample gives no "
                              "limits: give them with --limits COL=LOW:HIGH, or leave the parameter out")
    beyond = given & ((system.values < low) | (system.values > high))
    if (rows := np.argwhere(beyond)).size:
        said = (f"{names[j]} {system.values[i, j]:g} ({system.tidy.label(i)})" for i, j in rows[:6])
        raise DataError(f"{procedure} --limits: {len(rows)} values lie outside of their limits: {first_of(said)}")
    return low, high


def _given(procedure: str, system: System, limits: str) -> dict[int, tuple[float, float]]:
    names = [p.column for p in system.parameters]
    found: dict[int, tuple[float, float]] = {}
    for part in limits.split(","):
        column, equals, pair = part.rpartition("=")
        low, _, high = pair.partition(":")
        try:
            bounds = (float(low), float(high))
        except ValueError:
            raise UsageError(f"{procedure} --limits {limits}: minmax, widened, LOW:HIGH for all parameters, or "
                             "COL=LOW:HIGH,COL=LOW:HIGH") from None
        if not bounds[0] < bounds[1]:
            raise UsageError(f"{procedure} --limits {part}: {bounds[0]:g} is not below {bounds[1]:g}")
        if equals and column not in names:
            raise UsageError(f"{procedure} --limits {part}: no parameter {column}; there are {first_of(names, 12)}")
        found |= {j: bounds for j, name in enumerate(names) if not equals or name == column}
    return found


def orders(system: System, low: Array, high: Array) -> Array:
    """Order (n, J) of each parameter: (e - low)/(high - low), (high - e)/(high - low), or 1 inside of its best span.

    Outside of the span the order falls in proportion to the distance, to 0 at the farther of the two limits.
    """
    u = (system.values - low) / (high - low)
    for j, p in enumerate(system.parameters):
        if p.direction == "-":
            u[:, j] = (high[j] - system.values[:, j]) / (high[j] - low[j])
        elif p.best is not None:
            e, (bottom, top) = system.values[:, j], p.best
            farthest = max(bottom - low[j], high[j] - top)
            u[:, j] = 1 - np.maximum(np.maximum(bottom - e, e - top), 0) / (farthest if farthest > 0 else 1.0)
    return u


def parameter_weights(procedure: str, system: System, u: Array, weighting: str) -> Array:
    """(J,) weights that sum to one in each subsystem: those given, equal ones, by entropy or by CRITIC."""
    owner, found = system.owner, np.ones(u.shape[1])
    for k, s in enumerate(system.subsystems):
        mine = owner == k
        if s.parameters[0].weight is not None:
            found[mine] = [p.weight for p in s.parameters]
        elif weighting != "equal" and mine.sum() > 1:
            if len(u) < 2:
                raise InfeasibleError(f"{procedure} --weighting {weighting} compares rows and needs at least 2; "
                                      "there is 1")
            weigh = entropy_of if weighting == "entropy" else critic
            found[mine] = weigh(u[:, mine], np.zeros(len(u), dtype=np.int64), 1)[-1][0]
        found[mine] /= found[mine].sum()
    return found


def described(system: System, low: Array, high: Array, weight: Array) -> list[dict[str, Any]]:
    """A row a parameter: subsystem, column, direction, limits, weight."""
    return [{"subsystem": system.subsystems[k].name, "parameter": p.column,
             "direction": p.direction if p.best is None else f"{p.best[0]:g}..{p.best[1]:g}",
             "low": float(low[j]), "high": float(high[j]), "weight": float(weight[j])}
            for j, (k, p) in enumerate(zip(system.owner, system.parameters, strict=True))]


def contributions(procedure: str, system: System, given: Sequence[str]) -> Array:
    """(k,) weights of the subsystems, summing to one; equal where none is given.

    Raises
    ------
    UsageError
        Not of the form NAME=NUMBER, for a name that there is not, not for all, or not above 0.
    """
    names = [s.name for s in system.subsystems]
    if not given:
        return np.full(len(names), 1 / len(names))
    found: dict[str, float] = {}
    for text in given:
        name, _, share = str(text).rpartition("=")
        if name not in names:
            raise UsageError(f"{procedure} --contribution {text}: write NAME=NUMBER for each of {first_of(names, 12)}")
        try:
            found[name] = float(share)
        except ValueError:
            found[name] = -1.0
        if not 0 < found[name] < np.inf:
            raise UsageError(f"{procedure} --contribution {text}: {share} is not a number above 0")
    if absent := [n for n in names if n not in found]:
        raise UsageError(f"{procedure} --contribution: none for {first_of(absent)}")
    shares = np.array([found[n] for n in names])
    return shares / shares.sum()
