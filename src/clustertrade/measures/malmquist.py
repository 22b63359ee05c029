"""The Malmquist index: growth of productivity, and what of it is catching up and what technical change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from clustertrade.batch.envelopment import radial
from clustertrade.errors import InfeasibleError, UsageError, first_of
from clustertrade.measures.dea import read_units
from clustertrade.measures.tidy import Array, Codes, Rows, uneven
from clustertrade.registry import procedure
from clustertrade.results import Measure

COLUMNS = {"fgnz": ("EC", "TC", "PEC", "SEC"), "ray-desli": ("PEC", "TC", "SEC")}


@procedure(
    "malmquist",
    family="measures",
    title="Malmquist productivity index",
    reference="fare1994",
    choices={"variant": ("fgnz", "ray-desli"), "returns": ("crs", "vrs")},
)
def malmquist(data: pd.DataFrame, *, unit: str | None = None, time: str | None = None, input: Sequence[str] = (),
              output: Sequence[str] = (), returns: str = "crs", orientation: str = "output",
              variant: str = "fgnz") -> Measure:
    r"""Growth of the productivity of each unit from one period to the next; above 1 it grows.

    .. math:: M = \Big[\frac{D^t(t+1)}{D^t(t)}\frac{D^{t+1}(t+1)}{D^{t+1}(t)}\Big]^{1/2}

    with the efficiency :math:`D^s(r)` of the unit's period r against the frontier of period s with constant returns.
    By Fare, Grosskopf, Norris and Zhang (1994) it is

    .. math:: EC\cdot TC,\quad EC=\frac{D^{t+1}(t+1)}{D^t(t)}=PEC\cdot SEC,\quad
        TC=\Big[\frac{D^t(t+1)}{D^{t+1}(t+1)}\frac{D^t(t)}{D^{t+1}(t)}\Big]^{1/2}

    with PEC the change of efficiency under variable returns and SEC that of scale efficiency.  Ray and Desli (1997)
    take technical change, too, from the frontiers V with variable returns: :math:`M=PEC\cdot TC_V\cdot SEC_V`, with
    SEC_V the geometric mean over both frontiers of the change of D/V.

    Parameters
    ----------
    data : DataFrame
        A row a unit and period.
    unit, time : column names
        Units and periods; each pair of periods that follow each other in the data is compared.
    input, output : column names, several
        Amounts of zero or more.
    returns : crs or vrs
        Frontiers of the index.  With vrs it is one of frontiers, not of productivity: EC is PEC, and SEC is 1.
    orientation : output or input
        With constant returns both give the same index; PEC and SEC differ.
    variant : fgnz or ray-desli
        The decomposition.

    Returns
    -------
    Measure
        Unit, time (the later period), ``EC`` (fgnz), ``TC``, ``PEC``, ``SEC`` and ``value``, the index.  Null, with a
        warning, for a part whose unit cannot reach the frontier of the other period with variable returns.  Details:
        ``means``, geometric means over units of each period, and ``cumulative``, the product of the index since the
        first period for each unit that is there throughout.

    Raises
    ------
    UsageError
        No unit, time, input or output; a column in two roles.
    DataError
        What ``measures.tidy`` refuses; a unit of no input or no output.
    InfeasibleError
        Fewer than two periods; no unit that is in two of them; fewer than two units in a period.

    Examples
    --------
    >>> frame = pd.DataFrame({"firm": list("abab"), "year": [1, 1, 2, 2], "staff": [2.0, 4, 2, 4],
    ...                       "sales": [2.0, 2, 3, 4]})
    >>> result = malmquist(frame, unit="firm", time="year", input=["staff"], output=["sales"])
    >>> [(row["firm"], round(row["EC"], 3), round(row["TC"], 3), round(row["value"], 3)) for row in result.rows]
    [('a', 1.0, 1.5, 1.5), ('b', 1.333, 1.5, 2.0)]
    """
    if time is None:
        raise UsageError("malmquist needs --time")
    if returns == "vrs" and variant == "ray-desli":
        raise UsageError("malmquist --variant ray-desli takes both frontiers itself; --returns vrs is for fgnz")
    tidy, x, y = read_units("malmquist", data, unit, time, input, output)
    when, n_times = tidy.group("time")
    labels = tidy.levels["time"]
    if n_times < 2:
        raise InfeasibleError(f"malmquist compares periods, and there is one, {labels[0]}")
    rows = [np.flatnonzero(when == t) for t in range(n_times)]
    if small := [labels[t] for t in range(n_times) if rows[t].size < 2]:
        raise InfeasibleError(f"malmquist compares units, and there is one in {first_of(small)}")

    def scores(frontier: int, who: Codes, returns: str) -> Array:
        reference = rows[frontier]
        return radial(x[reference], y[reference], x[who], y[who], returns, orientation).score

    parts = []
    for t in range(n_times - 1):
        shared, first, second = np.intersect1d(tidy.codes["unit"][rows[t]], tidy.codes["unit"][rows[t + 1]],
                                               return_indices=True)
        if not shared.size:
            continue
        before, after = rows[t][first], rows[t + 1][second]
        d = {(r, s, p): scores(t + s, (before, after)[p], r) for r in (returns, "vrs") for s in (0, 1) for p in (0, 1)}
        parts.append(pd.DataFrame({tidy.columns["unit"]: tidy.levels["unit"].take(shared), time: labels[t + 1],
                                   **_changes(d, returns, variant)}))
    if not parts:
        raise InfeasibleError("malmquist: no unit is in two periods that follow each other")
    frame = pd.concat(parts, ignore_index=True)
    lacking = frame[frame.isna().any(axis=1)]
    warnings: tuple[str, ...] = ()
    if len(lacking):
        who = first_of(f"{a} {b}" for a, b in zip(lacking[tidy.columns["unit"]], lacking[time], strict=True))
        warnings = (f"no value of a part for {len(lacking)} rows, they do not reach the frontier of the other period "
                    f"with variable returns: {who}",)
    if fewer := {len(r) for r in rows} - {len(tidy.levels["unit"])}:
        warnings += (f"the set of units changes over time ({min(fewer)} to {max(len(r) for r in rows)} in a period): "
                     "so does what frontiers are made of",)
    warnings += uneven(tidy)
    names = [*COLUMNS[variant], "value"]
    means = np.exp(np.log(frame[names]).groupby(frame[time]).mean()).reset_index().to_dict("records")
    steps = frame.groupby(tidy.columns["unit"])["value"].agg(["size", "prod"])
    whole = steps[steps["size"] == n_times - 1]["prod"]
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), warnings=warnings,
                   details={"means": means, "cumulative": [{unit: u, "value": v} for u, v in whole.items()]})


def _changes(d: dict[tuple[str, int, int], Array], returns: str, variant: str) -> dict[str, Array]:
    """The index and its parts from scores by (returns, frontier, period of the unit), 0 before and 1 after."""
    c00, c01, c10, c11 = (d[returns, s, p] for s in (0, 1) for p in (0, 1))
    v00, v01, v10, v11 = (d["vrs", s, p] for s in (0, 1) for p in (0, 1))
    index, pure = np.sqrt(c01 / c00 * c11 / c10), v11 / v00
    if variant == "ray-desli":
        technical = np.sqrt(v00 / v10 * v01 / v11)
        scale = np.sqrt(c01 / v01 / (c00 / v00) * (c11 / v11) / (c10 / v10))
        return {"PEC": pure, "TC": technical, "SEC": scale, "value": index}
    change = c11 / c00
    return {"EC": change, "TC": np.sqrt(c01 / c11 * c00 / c10), "PEC": pure, "SEC": change / pure, "value": index}
