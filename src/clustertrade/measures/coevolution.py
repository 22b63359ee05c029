"""Co-evolution: how ranks of regions persist, beside a Bak-Sneppen model of as many species, as an illustration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.measures.tidy import Array, Rows, read, uneven
from clustertrade.registry import procedure
from clustertrade.results import Measure

STEPS = 1_000_000                                          # of the model; the first tenth is not counted
SPECIES = 500
SMALLEST, LARGEST = 10, 300                                # sizes between which avalanches follow the power law
BELOW = 0.97                                               # avalanches at the critical level itself would not end
HIGH = 0.8                                                 # fitness that is above the threshold in both variants
CRITICAL = {"ring": 0.66702, "random": 1 / 3}              # Paczuski, Maslov and Bak 1996; mean field, two neighbours
EXPONENT = {"ring": 1.07, "random": 1.5}


@procedure(
    "coevolution",
    family="measures",
    title="Bak-Sneppen model of co-evolution",
    reference="bak_sneppen1993",
    choices={"variant": ("ring", "random")},
)
def coevolution(data: pd.DataFrame, *, region: str | None = None, time: str | None = None, value: str | None = None,
                variant: str = "ring", seed: int = 20260101) -> Measure:
    r"""Persistence of ranks over time, and the avalanches of an illustrative model.

    In each step the species of lowest fitness and its two neighbours get new fitnesses, uniform from 0 to 1.  After
    long, fitness is uniform above a threshold (0.667 on a ring, 1/3 with random neighbours), and avalanches, the steps
    between two moments at which all fitness lies above a level just below it, have sizes with a power law
    :math:`s^{-\tau}`, :math:`\tau=1.07` on a ring and 3/2 with random neighbours.

    Parameters
    ----------
    data : DataFrame
        A row a region and period.
    region, time, value : column names
        What is ranked: the value of each region, period by period.
    variant : ring or random
        Neighbours of the model.
    seed : int
        Of the model.

    Returns
    -------
    Measure
        A row a period from the second: ``rank_correlation`` (Spearman) with the period before, and ``replaced``, the
        share of the regions of the upper quarter that were not in it before.  Details: ``model``: species, steps,
        seed, the threshold reached, the exponent by maximum likelihood over avalanches of 10 to 300 steps with its
        standard error, and what the literature has for both.

    Raises
    ------
    UsageError
        No region, time or value.
    DataError
        What ``measures.tidy`` refuses.
    InfeasibleError
        Fewer than four regions that two periods share; fewer than two periods.

    Notes
    -----
    The model is an illustration: it has no parameter that data could estimate, and no series of trade is a record of
    avalanches.  The rows describe the data and do not come from the model.  Its threshold and exponent differ from the
    laws of infinite systems, because species and steps are finite.  The negative and positive interactions of Agiza
    et al. (1997) are not offered: what they are could not be read in the original.

    References
    ----------
    Bak, P. and Sneppen, K. (1993), Punctuated equilibrium and criticality in a simple model of evolution.
    https://doi.org/10.1103/PhysRevLett.71.4083

    Examples
    --------
    >>> frame = pd.DataFrame({"p": list("abcd") * 2, "year": [1] * 4 + [2] * 4, "v": [4, 3, 2, 1, 3, 4, 2, 1.0]})
    >>> coevolution(frame, region="p", time="year", value="v").rows[0]
    {'year': 2, 'rank_correlation': 0.8, 'replaced': 1.0}
    """
    if lacking := [f"--{n}" for n, c in (("region", region), ("time", time), ("value", value)) if c is None]:
        raise UsageError(f"coevolution needs {', '.join(lacking)}")
    tidy = read("coevolution", data, {"region": region, "time": time}, {"value": value}, signed=("value",))
    table = np.full((len(tidy.levels["time"]), len(tidy.levels["region"])), np.nan)
    table[tidy.codes["time"], tidy.codes["region"]] = tidy.numbers["value"]
    if len(table) < 2:
        raise InfeasibleError("coevolution compares periods and needs at least 2; there is 1")
    rows, still = [], []
    for t in range(1, len(table)):
        shared = np.isfinite(table[t]) & np.isfinite(table[t - 1])
        if shared.sum() < 4:
            raise InfeasibleError(f"coevolution: {tidy.levels['time'][t]} shares {int(shared.sum())} regions with the "
                                  "period before; ranks need at least 4")
        agreement, replaced = _persistence(table[t - 1, shared], table[t, shared])
        if agreement is None:
            still.append(str(tidy.levels["time"][t]))
        rows.append({str(time): tidy.levels["time"][t], "rank_correlation": agreement, "replaced": replaced})
    warnings = ["the model is an illustration and estimates nothing from the data"]
    warnings += uneven(tidy)
    if still:
        warnings.append(f"no rank correlation where all regions are equal: {', '.join(still)}")
    return Measure(columns=(str(time), "rank_correlation", "replaced"), rows=Rows(pd.DataFrame(rows)),
                   details={"model": bak_sneppen(variant, seed)}, warnings=tuple(warnings))


def _persistence(before: Array, after: Array) -> tuple[float | None, float]:
    """Spearman's correlation, and the share of the upper quarter that is new; ties by their mean rank."""
    from scipy.stats import rankdata

    first, second = rankdata(before), rankdata(after)
    top = max(1, round(before.size / 4))
    leaders = [set(np.argsort(-v, kind="stable")[:top]) for v in (before, after)]
    replaced = len(leaders[1] - leaders[0]) / top
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return None, replaced
    return round(float(np.corrcoef(first, second)[0, 1]), 12), replaced


def bak_sneppen(variant: str = "ring", seed: int = 20260101, species: int = SPECIES,
                steps: int = STEPS) -> dict[str, Any]:
    """The model: threshold that the lowest fitness has not exceeded, exponent of the avalanches, and their number.

    Examples
    --------
    >>> model = bak_sneppen("random", species=200, steps=20_000)
    >>> abs(model["threshold"] - 1 / 3) < 0.05, model["steps"]
    (True, 20000)
    """
    rng = np.random.default_rng(seed)
    fitness = rng.random(species)
    lowest = np.empty(steps)
    draws = rng.random((steps, 3))
    others = rng.integers(species, size=(steps, 2)) if variant == "random" else None
    seen: list[float] = []
    for t in range(steps):                                 # each step depends on the one before
        if t % species == 0 and 2 * t >= steps:
            seen.append(float((fitness > HIGH).mean()))
        at = int(fitness.argmin())
        lowest[t] = fitness[at]
        fitness[at] = draws[t, 0]
        left, right = (at - 1, (at + 1) % species) if others is None else others[t]
        fitness[left], fitness[right] = draws[t, 1], draws[t, 2]
    kept = lowest[steps // 10 :]
    sizes = np.diff(np.flatnonzero(kept > BELOW * CRITICAL[variant]))
    exponent, error = _exponent(sizes[(sizes >= SMALLEST) & (sizes <= LARGEST)])
    threshold = 1 - (1 - HIGH) / float(np.mean(seen))      # fitness is uniform above it, after long
    return {"variant": variant, "species": species, "steps": steps, "seed": seed, "threshold": threshold,
            "threshold_infinite": CRITICAL[variant], "avalanches": int(sizes.size), "exponent": exponent,
            "exponent_se": error, "exponent_infinite": EXPONENT[variant], "sizes": [SMALLEST, LARGEST]}


def _exponent(sizes: Array) -> tuple[float | None, float | None]:
    """Maximum likelihood of a power law over the whole numbers from ``SMALLEST`` to ``LARGEST``."""
    if sizes.size < 10:
        return None, None
    from scipy.optimize import minimize_scalar

    logs, mean_log = np.log(np.arange(SMALLEST, LARGEST + 1)), float(np.log(sizes).mean())
    loss = lambda tau: np.log(np.exp(-tau * logs).sum()) + tau * mean_log  # noqa: E731
    tau = float(minimize_scalar(loss, bounds=(0.0, 5.0), method="bounded").x)
    share = np.exp(-tau * logs)
    share /= share.sum()
    information = share @ logs**2 - (share @ logs) ** 2    # of one avalanche: the variance of log size
    return tau, float(1 / np.sqrt(information * sizes.size))
