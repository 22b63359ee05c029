"""Data envelopment analysis: efficiency against the frontier that the best units span."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clustertrade.batch.envelopment import RETURNS, radial, slack_based, slacks
from clustertrade.errors import DataError, InfeasibleError, UsageError, first_of
from clustertrade.measures.tidy import Array, Codes, Rows, Tidy, read
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "dea",
    family="measures",
    title="Data envelopment analysis",
    reference="charnes_cooper_rhodes1978",
    choices={"variant": ("radial", "super", "sbm"), "returns": RETURNS},
    checked="printed scores of seven units (radial, super, slack-based); HiGHS, one program at a time, to 1e-9; the "
            "bootstrap by simulation of a known frontier (two inputs, one output, constant returns, half-normal "
            "inefficiency): at N=50 the estimated bias is 0.033, the true 0.032, and the 95 % interval covers 72 %, "
            "80 % where the inefficiency has the scale 0.3, and 67 % there at N=150. No bandwidth from a quarter to "
            "twice that of the rule, and no interval of 1/theta or of its logarithm, covered more than 82 %",
)
def dea(data: pd.DataFrame, *, unit: str | None = None, time: str | None = None, input: Sequence[str] = (),
        output: Sequence[str] = (), returns: str = "crs", orientation: str | None = None, variant: str = "radial",
        bootstrap: int = 0, seed: int = 20260101, level: float = 0.05) -> Measure:
    r"""Efficiency of each unit among all of them, period by period.

    .. math:: \min\theta:\; X\lambda\le\theta x_0,\; Y\lambda\ge y_0,\;\lambda\ge0

    with constant returns (Charnes, Cooper, Rhodes 1978); variable returns add :math:`\mathbf 1'\lambda=1` (Banker,
    Charnes, Cooper 1984), drs and irs at most and at least one.  super leaves the unit itself out of X and Y (Andersen
    and Petersen 1993).  sbm is the slack-based measure (Tone 2001)

    .. math:: \rho=\min\frac{1-\frac1m\sum_i s_i^-/x_{i0}}{1+\frac1s\sum_r s_r^+/y_{r0}},\quad
        x_0=X\lambda+s^-,\; y_0=Y\lambda-s^+

    Parameters
    ----------
    data : DataFrame
        A row a unit and period.
    unit, time : column names
        Units; periods, each with its own frontier.
    input, output : column names, several
        Amounts of zero or more; above zero with sbm.
    returns : crs, vrs, drs or irs
        Returns to scale.
    orientation : input or output
        Whether inputs shrink or outputs grow; the efficiency of both lies below one (an output orientation gives the
        inverse of the factor by which outputs can grow).  By default input; sbm without it counts slacks of both sides.
    variant : radial, super or sbm
        The measure.
    bootstrap : int
        Replications of the smoothed bootstrap of Simar and Wilson (1998), for radial: estimated efficiency is too high,
        since the frontier of a sample lies inside the true one.
    seed, level : int, float
        Of the bootstrap and its interval.

    Returns
    -------
    Measure
        Unit, time, ``efficiency``; with bootstrap ``corrected`` (less the estimated bias), ``low`` and ``high`` before
        it.  Details: ``units``, a row a unit: ``peers`` with their lambda, ``slacks`` of each input and output (the
        largest ones on the frontier), ``scale`` (constant- over variable-returns efficiency) for radial.  Null, with a
        warning, where a unit without itself cannot be reached (super with variable returns).

    Raises
    ------
    UsageError
        No unit, input or output; a column in two roles; bootstrap of another variant.
    DataError
        What ``measures.tidy`` refuses; a unit of no input or no output; zeros with sbm.
    InfeasibleError
        Fewer than two units in a period; a bootstrap where all units are efficient.

    Notes
    -----
    The bootstrap corrects the bias on average and about halves the error; its interval is too short for samples of this
    kind (67 to 80 % of true efficiencies lie in that of 95 %), so it is a lower bound of what is not known.

    Examples
    --------
    >>> frame = pd.DataFrame({"firm": list("abc"), "staff": [2.0, 4, 4], "sales": [2.0, 4, 2]})
    >>> dea(frame, unit="firm", input=["staff"], output=["sales"]).to_frame()["efficiency"].round(9).tolist()
    [1.0, 1.0, 0.5]
    """
    tidy, x, y = read_units("dea", data, unit, time, input, output)
    if bootstrap and variant != "radial":
        raise UsageError(f"dea --bootstrap is for --variant radial, not {variant}")
    if variant == "sbm" and (odd := np.flatnonzero((x <= 0).any(1) | (y <= 0).any(1))).size:
        raise DataError(f"dea --variant sbm divides by inputs and outputs, which must be above zero: "
                        f"{first_of(tidy.label(i) for i in odd)}")
    rule = Rule(returns, orientation, variant)
    score = np.full(tidy.n, np.nan)
    extra = {name: np.full(tidy.n, np.nan) for name in ("corrected", "low", "high")} if bootstrap else {}
    details: list[dict[str, Any]] = []
    warnings: list[str] = []
    rng = np.random.default_rng(seed)
    when, n_times = tidy.group("time")
    for t in range(n_times):
        rows = np.flatnonzero(when == t)
        label = f" in {tidy.levels['time'][t]}" if "time" in tidy.columns else ""
        if rows.size < 2:
            raise InfeasibleError(f"dea compares units, and there is one{label}")
        if rows.size < max(x.shape[1] * y.shape[1], 3 * (x.shape[1] + y.shape[1])):
            warnings.append(f"{rows.size} units{label} for {x.shape[1]} inputs and {y.shape[1]} outputs: many are "
                            "efficient for want of others to compare with")
        found = _score(tidy, rows, x[rows], y[rows], rule)
        score[rows] = found.score
        details += found.details
        if bootstrap:
            for name, column in zip(extra, simar_wilson(x[rows], y[rows], found.score, returns, orientation or "input",
                                                        bootstrap, level, rng), strict=True):
                extra[name][rows] = column
    if (none := np.flatnonzero(np.isnan(score))).size:
        warnings.append(f"no value for {none.size} rows, the other units do not reach them: "
                        f"{first_of(tidy.label(i) for i in none)}")
    frame = tidy.by_row(score).to_frame().rename(columns={"value": "efficiency"})
    for name, column in extra.items():
        frame.insert(frame.shape[1] - 1, name, column)
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), warnings=tuple(warnings),
                   details={"units": details})


@dataclass(frozen=True)
class Rule:
    """What is computed."""

    returns: str
    orientation: str | None
    variant: str


@dataclass(frozen=True)
class Scored:
    """Scores (n,) of the units of a period, and a row of facts each."""

    score: Array
    details: list[dict[str, Any]]


def read_units(procedure: str, data: pd.DataFrame, unit: str | None, time: str | None, inputs: Sequence[str],
               outputs: Sequence[str]) -> tuple[Tidy, Array, Array]:
    """Rows, inputs (n, m), outputs (n, s); a unit without any input, or without any output, is refused."""
    for what, given in (("unit", unit), ("input", inputs), ("output", outputs)):
        if not given:
            raise UsageError(f"{procedure} needs --{what}")
    columns = [*inputs, *outputs]
    if twice := [c for c in columns if columns.count(c) > 1]:
        raise UsageError(f"{procedure}: column {twice[0]} is given twice")
    tidy = read(procedure, data, {"unit": unit, "time": time}, {c: c for c in columns}, needed=("unit",))
    x, y = (np.column_stack([tidy.numbers[c] for c in given]) for given in (inputs, outputs))
    for what, amounts in (("input", x), ("output", y)):
        if (none := np.flatnonzero((amounts == 0).all(1))).size:
            raise DataError(f"{procedure}: no {what} at all: {first_of(tidy.label(i) for i in none)}")
    return tidy, x, y


def _score(tidy: Tidy, rows: Codes, x: Array, y: Array, rule: Rule) -> Scored:
    orientation = rule.orientation or "input"
    facts: dict[str, Array] = {}
    if rule.variant == "sbm":
        found = slack_based(x, y, x, y, rule.returns, rule.orientation)
        peers = found
    else:
        own = np.arange(len(x)) if rule.variant == "super" else None
        found = peers = radial(x, y, x, y, rule.returns, orientation, own)
        if rule.variant == "radial":
            shrink = found.score[:, None]
            at_x, at_y = (x * shrink, y) if orientation == "input" else (x, y / shrink)
            peers = slacks(x, y, at_x, at_y, rule.returns)
            constant, variable = (found.score if rule.returns == r else
                                  radial(x, y, x, y, r, orientation).score for r in ("crs", "vrs"))
            facts["scale"] = constant / variable
    names = tidy.levels["unit"].take(tidy.codes["unit"][rows])
    columns = list(tidy.numbers)
    details = []
    for i, row in enumerate(rows):
        label: dict[str, Any] = {name: tidy.levels[role][tidy.codes[role][row]] for role, name in tidy.columns.items()}
        used = np.flatnonzero(peers.intensity[i] > 1e-9)
        both = np.concatenate([peers.input_slack[i], peers.output_slack[i]])
        details.append({**label, "peers": {str(names[k]): peers.intensity[i, k] for k in used},
                        "slacks": dict(zip(columns, both, strict=True)), **{k: v[i] for k, v in facts.items()}})
    return Scored(found.score, details)


def simar_wilson(x: Array, y: Array, score: Array, returns: str, orientation: str, replications: int, level: float,
                 rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Corrected efficiency and interval of each unit: (n,) each.

    Efficiencies are drawn from a kernel estimate that is reflected at 1, so that the many ones do not pile up there;
    units are moved to the frontier and off it again by the drawn efficiency; the score of each unit against these,
    less its own, has the law of its own against the true one (Simar and Wilson 1998, their algorithm, and the basic
    interval of 2000).
    """
    n = len(score)
    inefficient = score < 1 - 1e-9
    if inefficient.sum() < 2:
        raise InfeasibleError("dea --bootstrap: all units are efficient; there is no law of efficiencies to draw from")
    both = np.concatenate([score[inefficient], 2 - score[inefficient]])
    spread = min(both.std(ddof=1), np.subtract(*np.percentile(both, [75, 25])) / 1.34)
    # Silverman's rule for the reflected sample, brought to the size and spread of the sample (Simar and Wilson 2006).
    width = 0.9 * spread * n ** (-1 / 5) * score.std(ddof=1) / both.std(ddof=1)
    draws = np.empty((replications, n))
    for b in range(replications):
        base = rng.choice(score, n)
        smooth = base + width * rng.standard_normal(n)
        smooth = np.where(smooth > 1, 2 - smooth, smooth)
        centre = base.mean()
        drawn = centre + (smooth - centre) / np.sqrt(1 + width**2 / score.var())
        ratio = (score / np.clip(drawn, 1e-3, None))[:, None]
        if orientation == "input":
            draws[b] = radial(x * ratio, y, x, y, returns, orientation).score
        else:
            draws[b] = radial(x, y / ratio, x, y, returns, orientation).score
    gap = draws - score
    low, high = (score - np.nanquantile(gap, q, axis=0) for q in (1 - level / 2, level / 2))
    return 2 * score - np.nanmean(draws, axis=0), low, high
