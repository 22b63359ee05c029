"""The synergy degree of a composite system: order degrees of its subsystems, and whether they advance together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clustertrade.errors import UsageError, first_of
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
from clustertrade.measures.tidy import Array, Codes, Mask, Rows, Tidy, uneven
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "synergy",
    family="measures",
    title="Synergy degree of a composite system",
    reference="meng_han2000",
    choices={"variant": ("geometric", "linear"), "weighting": WEIGHTINGS},
)
def synergy(data: pd.DataFrame, *, subsystem: Sequence[str] = (), unit: str | None = None, time: str | None = None,
            base: str = "first", limits: str = "minmax", variant: str = "geometric", weighting: str = "equal",
            contribution: Sequence[str] = ()) -> Measure:
    r"""Order degrees of subsystems, and the degree to which they advance together since a base period.

    With limits :math:`\beta\le e\le\alpha` the order of a parameter is
    :math:`u=\frac{e-\beta}{\alpha-\beta}` (more is better) or :math:`\frac{\alpha-e}{\alpha-\beta}` (worse); the order
    of a subsystem is

    .. math:: u_j=\Big(\prod_i u_{ji}\Big)^{1/n_j}\ \text{(geometric)}\quad\text{or}\quad u_j=\sum_i w_{ji}u_{ji}
        \ \text{(linear)},

    and with :math:`\Delta_j=u_j-u_j^{\text{base}}` the synergy degree is

    .. math:: D=\theta\Big[\prod_{j=1}^k|\Delta_j|\Big]^{1/k},\qquad
        \theta=\frac{\min_j\Delta_j}{|\min_j\Delta_j|},

    or :math:`\theta\sum_j\lambda_j|\Delta_j|` where ``contribution`` gives the weights :math:`\lambda_j`.

    Parameters
    ----------
    data : DataFrame
        A row a period, or a unit and period.
    subsystem : NAME=COL:+,COL:-, at least two
        Subsystems and their order parameters: + more is better, - worse, LOW..HIGH best between the two; a weight may
        follow (COL:+:0.5).
    unit, time : column names
        Keys.  Limits and weights are those of all units together; the base is the unit's own.
    base : first, previous or a period
        What order is compared with: the first period, the one before (rolling), or the one named.
    limits : minmax, widened, LOW:HIGH or COL=LOW:HIGH,...
        The sample's extremes; a tenth of their size further out (0.9 min to 1.1 max); given ones.
    variant : geometric or linear
        How parameters make the order of their subsystem.  Given weights (COL:+:0.5) are exponents of the geometric
        mean; without them all parameters count the same.
    weighting : equal, entropy or critic
        Weights of the parameters where none are given.
    contribution : NAME=NUMBER, several
        Weights of the subsystems; with them D is the weighted sum, without them the geometric mean.

    Returns
    -------
    Measure
        Keys, ``order_NAME`` for each subsystem, from 0 to 1, and ``synergy``, from -1 to 1: positive only if every
        subsystem advanced, negative if any fell back.  Null at the base itself.  Details: ``limits`` with weights,
        ``leave_one_out``, the range of D over the systems that lack one parameter each (of subsystems with two or
        more).

    Raises
    ------
    UsageError
        Fewer than two subsystems; no time; a base or limits that there are not.
    DataError
        What ``measures.tidy`` refuses; a value outside of limits that were given.
    InfeasibleError
        A parameter that does not vary where the sample gives the limits.

    Notes
    -----
    A plain product of two :math:`\Delta` would be positive where both fall; :math:`\theta` prevents it.  Where the
    smallest :math:`\Delta` is zero :math:`\theta` is not defined and D is 0, with a warning.  With limits from the
    sample another period changes the orders of all earlier ones: give ``limits`` to keep them.  D has no sampling
    theory; ``leave_one_out`` shows how much it hangs on single parameters.  The paper was read through
    later users of the model, not in the original.

    References
    ----------
    Meng, Q. S. and Han, W. X. (2000), Research on the composite system coordination degree model.

    Examples
    --------
    >>> frame = pd.DataFrame({"year": [2012, 2013, 2014], "sales": [10, 14, 19.0], "firms": [40, 43, 49.0]})
    >>> result = synergy(frame, subsystem=["cbec=sales:+", "cluster=firms:+"], time="year", limits="widened")
    >>> [round(row["synergy"], 4) for row in result.rows[1:]]
    [0.2374, 0.6167]
    """
    subsystems = parse("synergy", subsystem)
    if time is None:
        raise UsageError("synergy compares periods and needs --time")
    system = read_system("synergy", data, subsystems, unit, time)
    low, high = limits_of("synergy", system, limits)
    u = orders(system, low, high)
    weight = parameter_weights("synergy", system, u, weighting)
    share = contributions("synergy", system, contribution) if contribution else None
    order = _aggregate(u, weight, system.owner, variant)
    before, known = _base_rows(system.tidy, base)
    degree, still = _degree(order, before, share)
    names = [f"order_{s.name}" for s in subsystems]
    keys = {name: system.tidy.levels[role].take(system.tidy.codes[role]) for role, name in system.tidy.columns.items()}
    frame = pd.DataFrame({**keys, **dict(zip(names, order.T, strict=True)),
                          "synergy": pd.Series(np.where(known, degree, np.nan))})
    details = {"base": base, "limits": described(system, low, high, weight),
               "leave_one_out": _leave_one_out(system, u, weight, variant, before, known, share)}
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), details=details,
                   warnings=(*_warnings(system.tidy, u, variant, known, still & known, limits),
                             *(uneven(system.tidy) if base == "previous" else ())))


def _aggregate(u: Array, weight: Array, owner: Array, variant: str) -> Array:
    """(n, k) order of the subsystems."""
    parts = []
    for k in range(owner.max() + 1):
        mine, w = u[:, owner == k], weight[owner == k]
        if variant == "geometric":                         # a parameter at its worst limit makes the subsystem 0
            parts.append(np.exp(np.log(np.maximum(mine, 1e-300)) @ w) * (mine > 0).all(1))
        else:
            parts.append(mine @ w)
    return np.column_stack(parts)


def _base_rows(tidy: Tidy, base: str) -> tuple[Codes, Mask]:
    """For each row the row that it is compared with, and whether there is one (not the row itself)."""
    n, periods = tidy.n, tidy.codes["time"]
    units = tidy.codes.get("unit", np.zeros(n, dtype=np.int64))
    order = np.lexsort((periods, units))
    first = np.r_[True, units[order][1:] != units[order][:-1]]
    before = np.empty(n, dtype=np.int64)
    if base == "previous":
        before[order] = np.where(first, order, np.r_[order[0], order[:-1]])
    elif base == "first":
        before[order] = order[np.maximum.accumulate(np.where(first, np.arange(n), 0))]
    else:
        labels = [str(label) for label in tidy.levels["time"]]
        if base not in labels:
            raise UsageError(f"synergy --base {base}: first, previous, or a period of the data: {first_of(labels, 12)}")
        at = {int(units[i]): i for i in np.flatnonzero(periods == labels.index(base))}
        if lacking := [j for j in np.unique(units) if int(j) not in at]:
            raise UsageError(f"synergy --base {base}: no such period for "
                             f"{first_of(str(tidy.levels['unit'][j]) for j in lacking)}")
        before = np.array([at[int(j)] for j in units])
    return before, before != np.arange(n)


def _degree(order: Array, before: Codes, share: Array | None) -> tuple[Array, Mask]:
    """Synergy degree (n,), and where it is 0 because the smallest advance is."""
    change = order - order[before]
    change = np.where(np.abs(change) < 1e-14, 0.0, change)
    size = np.abs(change)
    mean = np.exp(np.log(np.maximum(size, 1e-300)).mean(1)) * (size > 0).all(1) if share is None else size @ share
    least = change.min(1)
    return np.sign(least) * mean, least == 0


def _leave_one_out(system: System, u: Array, weight: Array, variant: str, before: Codes, known: Mask,
                   share: Array | None) -> list[dict[str, Any]]:
    """Smallest and largest D of each row over the systems without one parameter."""
    owner, found = system.owner, []
    for j in range(u.shape[1]):
        if (owner == owner[j]).sum() < 2:
            continue
        kept = np.arange(u.shape[1]) != j
        w = weight * kept
        w = w[kept] / np.bincount(owner, w)[owner[kept]]
        found.append(_degree(_aggregate(u[:, kept], w, owner[kept], variant), before, share)[0])
    if not found:
        return []
    every = np.array(found)
    return [{"row": system.tidy.label(i), "low": float(every[:, i].min()), "high": float(every[:, i].max())}
            for i in np.flatnonzero(known)]


def _warnings(tidy: Tidy, u: Array, variant: str, known: Mask, still: Mask, limits: str) -> tuple[str, ...]:
    said = [f"no synergy at the base itself: {first_of(tidy.label(i) for i in np.flatnonzero(~known))}"]
    if still.any():
        said.append(f"a subsystem stood still while none fell back, its sign is not defined and the synergy is 0: "
                    f"{first_of(tidy.label(i) for i in np.flatnonzero(still))}")
    if variant == "geometric" and (worst := np.flatnonzero((u <= 0).any(1))).size:
        said.append("a parameter at its worst limit makes the order of its subsystem 0 (--limits widened avoids it): "
                    f"{first_of(tidy.label(i) for i in worst)}")
    if limits in ("minmax", "widened"):
        said.append("the limits are those of the sample: another period changes all orders; --limits COL=LOW:HIGH "
                    "keeps them")
    return tuple(said)
