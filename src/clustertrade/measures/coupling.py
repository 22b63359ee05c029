"""The coupling coordination degree of two or more systems, with both definitions of coupling in use."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd

from clustertrade.errors import DataError, UsageError, first_of
from clustertrade.measures.subsystems import (
    WEIGHTINGS,
    System,
    contributions,
    described,
    limits_of,
    orders,
    parameter_weights,
    parse,
    read_system,
)
from clustertrade.measures.tidy import Array, Rows, Tidy, read
from clustertrade.registry import procedure
from clustertrade.results import Measure

# Names of ten levels of D, a tenth wide each, from the lowest.
TEN = ("extreme imbalance", "severe imbalance", "moderate imbalance", "mild imbalance", "near imbalance",
       "barely coordinated", "primary coordination", "intermediate coordination", "good coordination",
       "quality coordination")


@procedure(
    "coupling",
    family="measures",
    title="Coupling coordination degree",
    reference="wang_kong2021",
    choices={"variant": ("standard", "wang2021", "fan2024"), "scale": ("minmax", "none"),
             "weighting": WEIGHTINGS},
)
def coupling(data: pd.DataFrame, *, subsystem: Sequence[str] = (), indicator: Sequence[str] = (),
             unit: str | None = None, time: str | None = None, variant: str = "standard", scale: str | None = None,
             limits: str = "minmax", weighting: str = "equal", contribution: Sequence[str] = (),
             levels: str | None = None, printed: Sequence[str] = ()) -> Measure:
    r"""How evenly systems are developed (C), how far (T), and both together (D).

    .. math:: C=\frac{n\,(\prod_i U_i)^{1/n}}{\sum_i U_i},\qquad T=\sum_i\alpha_iU_i,\qquad D=\sqrt{C\,T}

    For two systems C is :math:`2\sqrt{U_1U_2}/(U_1+U_2)`; its range is compressed: systems of 0.2 and 0.8 still have
    C = 0.8.  The modified form (``wang2021``) spreads it out,

    .. math:: C=\sqrt{\Big[1-\frac{\sum_{i>j}|U_i-U_j|}{\sum_{m=1}^{n-1}m}\Big]
        \Big(\prod_i\frac{U_i}{\max U}\Big)^{1/(n-1)}},

    and ``fan2024`` is one minus twice the standard deviation (divisor n) of the U.

    Parameters
    ----------
    data : DataFrame
        A row a unit, a period, or both.
    subsystem : NAME=COL:+,COL:-, several
        Systems and their parameters.  A system of one column is an index from 0 to 1 that is taken as it is; as soon as
        one system has more columns, all are scaled and averaged to an index first.
    indicator : COL:+, several
        Systems of one column each, in place of ``subsystem`` or beside it.
    unit, time : column names, optional
        Keys.  Scaling and weights are those of all rows together.
    variant : standard, wang2021 or fan2024
        The formula of C.
    scale : minmax or none, optional
        Whether parameters are scaled by ``limits``, against the rule above.
    limits : minmax, widened, LOW:HIGH or COL=LOW:HIGH,...
        Limits of the parameters, where they are scaled.
    weighting : equal, entropy or critic
        Weights of the parameters of a system where it gives none (COL:+:0.5).
    contribution : NAME=NUMBER, several
        Weights of the systems in T; equal without.  C has no weights.
    levels : ten, or cut points such as 0.3,0.5,0.8
        Adds the ``level`` of D (lower bound included), and ``lagging``, the system that is least developed.
    printed : C=COL, T=COL or D=COL, several
        Published values, which are held against the formula and not fitted: details.audit and a warning say by how much
        they differ, and whether they are what the formula with its coefficient lost gives.

    Returns
    -------
    Measure
        Keys, ``C``, ``T``, ``D``, with ``levels`` also ``level`` and ``lagging``.  C and D are null, with a warning,
        where all systems are zero.  Details: ``index`` (the U of each system a row), ``parameters`` where there are
        several, ``obstacles``: for each system the share :math:`w(1-u)/\sum w(1-u)` of each parameter in what it lacks.

    Raises
    ------
    UsageError
        Fewer than two systems; levels, weights or limits that are not of the form.
    DataError
        What ``measures.tidy`` refuses; an index outside of 0 to 1.
    InfeasibleError
        A parameter that does not vary where the sample gives the limits.

    Notes
    -----
    C, T and D compare rows only if the U share one scale.  The coefficient n belongs to C; without it C cannot exceed
    1/n, and D is low by the square root of that.

    References
    ----------
    Wang, S. et al. (2021), Research on misuses and modification of coupling coordination degree model in China.

    Examples
    --------
    >>> frame = pd.DataFrame({"year": [2019, 2020], "cluster": [0.2, 0.9], "cbec": [0.8, 0.3]})
    >>> rows = coupling(frame, indicator=["cluster:+", "cbec:+"], time="year", levels="ten").rows
    >>> [(round(r["C"], 3), round(r["D"], 3), r["level"], r["lagging"]) for r in rows]
    [(0.8, 0.632, 'primary coordination', 'cluster'), (0.866, 0.721, 'intermediate coordination', 'cbec')]
    """
    systems = parse("coupling", subsystem, indicator)
    cut = _levels(levels)
    system = read_system("coupling", data, systems, unit, time)
    index, details = _index(system, scale, limits, weighting)
    share = contributions("coupling", system, contribution)
    total = index @ share
    defined = index.max(1) > 0
    degree = _degree(index, defined, variant)
    together = np.sqrt(degree * total)
    tidy, names = system.tidy, [s.name for s in systems]
    keys = {name: tidy.levels[role].take(tidy.codes[role]) for role, name in tidy.columns.items()}
    frame = pd.DataFrame({**keys, "C": degree, "T": total, "D": together})
    if cut is not None:
        bounds, labels = cut
        where = np.searchsorted(bounds, np.where(defined, together, 0.0) + 1e-12, side="right")
        frame["level"] = [labels[w] if ok else None for w, ok in zip(where, defined, strict=True)]
        frame["lagging"] = [None if np.ptp(u) < 1e-12 else names[int(np.argmin(u))] for u in index]
    warnings = []
    if (zero := np.flatnonzero(~defined)).size:
        warnings.append(f"no C and D for {zero.size} rows, where all systems are zero: "
                        f"{first_of(tidy.label(i) for i in zero[:6])}")
    details["index"] = [{"row": tidy.label(i), **dict(zip(names, map(float, u), strict=True))}
                        for i, u in enumerate(index)]
    if printed:
        details["audit"], said = _audit(tidy, data, printed, {"C": degree, "T": total, "D": together}, len(names))
        warnings += said
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), details=details, warnings=tuple(warnings))


def _index(system: System, scale: str | None, limits: str, weighting: str) -> tuple[Array, dict[str, Any]]:
    """The index U (n, k) of each system, and what it was made from."""
    ready = scale == "none" or (scale is None and len(system.parameters) == len(system.subsystems)
                                and limits == "minmax")
    names = [p.column for p in system.parameters]
    if ready:
        if odd := [p.column for p in system.parameters if p.direction != "+"]:
            raise UsageError(f"coupling takes {first_of(odd)} as an index, which has the direction +; --scale minmax "
                             "scales it")
        if (beyond := np.argwhere((system.values < 0) | (system.values > 1))).size:
            said = (f"{names[j]} {system.values[i, j]:g} ({system.tidy.label(i)})" for i, j in beyond[:6])
            raise DataError(f"coupling: {len(beyond)} values of systems lie outside of 0 to 1: {first_of(said)}. Give "
                            "an index on that scale, or --scale minmax")
        low, high, u = np.zeros(len(names)), np.ones(len(names)), system.values
    else:
        low, high = limits_of("coupling", system, limits)
        u = orders(system, low, high)
    weight = parameter_weights("coupling", system, u, weighting)
    member = system.owner[:, None] == np.arange(len(system.subsystems))
    details: dict[str, Any] = {"scale": "none" if ready else "minmax",
                               "parameters": described(system, low, high, weight)}
    if len(names) > len(system.subsystems):
        lack = weight * (1 - u)
        whole = lack @ member
        share = lack / np.where(whole > 0, whole, 1.0)[:, system.owner]
        details["obstacles"] = [{"row": system.tidy.label(i), **dict(zip(names, map(float, row), strict=True))}
                                for i, row in enumerate(share)]
    return (u * weight) @ member, details


def _degree(index: Array, defined: Array, variant: str) -> Array:
    """(n,) coupling degree; NaN where no system is above zero."""
    n = index.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        if variant == "standard":
            degree = n * np.prod(index ** (1 / n), axis=1) / index.sum(1)
        elif variant == "wang2021":
            apart = sum(np.abs(index[:, i] - index[:, j]) for i, j in combinations(range(n), 2))
            ratio = np.prod((index / index.max(1, keepdims=True)) ** (1 / (n - 1)), axis=1)
            degree = np.sqrt(np.maximum(1 - apart / (n * (n - 1) / 2), 0) * ratio)
        else:                                              # below 0 where the systems are as far apart as they can be
            degree = np.maximum(1 - 2 * index.std(1), 0)
    return np.where(defined, np.minimum(degree, 1.0), np.nan)   # rounding alone takes it above 1


def _levels(levels: str | None) -> tuple[Array, tuple[str, ...]] | None:
    if levels is None:
        return None
    if levels == "ten":
        return np.arange(1, 10) / 10, TEN
    try:
        bounds = np.array([float(part) for part in levels.split(",")])
    except ValueError:
        bounds = np.array([np.nan])
    if not (np.isfinite(bounds).all() and (np.diff(bounds) > 0).all() and bounds[0] > 0 and bounds[-1] < 1):
        raise UsageError(f"coupling --levels {levels}: ten, or rising cut points between 0 and 1 such as 0.3,0.5,0.8")
    edges = [0.0, *bounds, 1.0]
    return bounds, tuple(f"{low:g}-{high:g}" for low, high in pairwise(edges))


def _audit(tidy: Tidy, data: pd.DataFrame, printed: Sequence[str], ours: dict[str, Array],
           n: int) -> tuple[list[dict[str, Any]], list[str]]:
    """Published values against the formula: a row a symbol, and a sentence where they differ."""
    columns: dict[str, str] = {}
    for text in printed:
        symbol, _, column = str(text).partition("=")
        if symbol not in ours or not column:
            raise UsageError(f"coupling --printed {text}: write C=COL, T=COL or D=COL")
        columns[symbol] = column
    held = read("coupling", data, {}, dict(columns), signed=tuple(columns), unique=False)
    rows, said = [], []
    for symbol, column in columns.items():
        values = held.numbers[symbol]
        # A printed number is right to half a unit of its last digit, and carries the rounding of what it was made from.
        unit = 10.0 ** -max(len(f"{v:.10f}".rstrip("0").partition(".")[2]) for v in values)
        apart = np.abs(values - ours[symbol])
        apart = np.where(np.isfinite(apart), apart, 0.0)
        at = int(apart.argmax())
        lost = {"C": 1 / n, "D": np.sqrt(1 / n)}.get(symbol)
        shrunk = lost is not None and bool(np.nanmax(np.abs(values - lost * ours[symbol])) <= 2 * unit)
        agrees = bool(apart[at] <= 2 * unit)
        rows.append({"symbol": symbol, "column": column, "largest_difference": float(apart[at]),
                     "row": tidy.label(at), "agrees": agrees, "coefficient_lost": shrunk and not agrees})
        if agrees:
            continue
        if shrunk:
            said.append(f"printed {symbol} ({column}) is the formula with its coefficient {n} lost: {symbol} is low by "
                        f"the factor {lost:.3f}")
        else:
            said.append(f"printed {symbol} ({column}) does not follow the formula: it differs by up to "
                        f"{apart[at]:.3f} ({tidy.label(at)})")
    return rows, said
