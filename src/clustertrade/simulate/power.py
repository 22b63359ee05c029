"""How often a test rejects in panels like the one given: its size and power at this N, T, dynamics and dependence."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import betaincinv

from clustertrade.errors import ClustertradeError, DataError, InfeasibleError, UsageError, first_of
from clustertrade.panel import Panel
from clustertrade.registry import Procedure, load
from clustertrade.results import TestResult, plain
from clustertrade.simulate.designs import DESIGNS, Design, families
from clustertrade.simulate.integrated import NAMED

LEVEL = 0.05


def power(name: str, y: Panel, x: Panel | None = None, options: Mapping[str, Any] | None = None, *,
          rhos: Sequence[float] | None = None, replications: int = 500, seed: int = 20260101,
          progress: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """Size and power of a test, simulated for panels with the size, dynamics and dependence of the one given.

    Parameters
    ----------
    name : str
        A test of the families unitroot, cointegration, causality or dependence.
    y, x : Panel
        The data, as for the test; what is simulated is described in ``simulate.designs`` and in the first warning.
    options : mapping, optional
        Options of the test; ``level`` is the level of the decision, 0.05 by default.
    rhos : numbers, optional
        Distances from the null hypothesis; the family's own grid by default, its null among them.  Each has random
        numbers of its own, so that further ones change no rate.
    replications, seed : int
        Simulated panels for each rho, at least 10.
    progress : function, optional
        Called with the number of panels done and to do.

    Returns
    -------
    dict
        ``kind`` power, ``name``, ``rows``: rho, statistic, level, rate of rejection and the exact 95 % interval of
        Clopper and Pearson; ``replications``, ``seed``, ``options``, ``warnings``.

    Raises
    ------
    UsageError
        A family without a design, a rho out of range, too few replications.
    InfeasibleError, DataError
        What the test says about the data itself; no statistic with a p-value; a test that fails in every panel.

    Examples
    --------
    >>> from clustertrade.simulate import draw
    >>> panel = Panel.from_frame(draw("granger", n=10, t=30, seed=1), entity="entity", time="time")
    >>> result = power("dumitrescu-hurlin", panel["y"], panel["x"], rhos=[0, 0.4], replications=100)
    >>> [(row["rho"], row["statistic"]) for row in result["rows"]][:2]
    [(0.0, 'Z-bar-tilde'), (0.0, 'Z-bar')]
    >>> result["rows"][0]["rate"] < 0.2 < result["rows"][-2]["rate"]
    True
    """
    procedure = load(name, "test")
    if procedure.family not in DESIGNS:
        raise UsageError(f"power simulates tests of {first_of(families(), 9)}; {name} is of {procedure.family}")
    if replications < 10:
        raise UsageError(f"power --replications {replications}: at least 10")
    given = dict(options or {})
    level = float(given.get("level", LEVEL))
    if not 0 < level < 1:
        raise UsageError(f"power --level {level:g}: between 0 and 1")
    if "level" not in procedure.defaults:
        given.pop("level", None)
    observed: TestResult = procedure(*_data(procedure, y, x), **given)     # whatever is wrong with the call is said now
    tested = [s.name for s in observed if s.pvalue is not None]
    if not tested:
        raise InfeasibleError(f"power: {name} reports no p-value with these options; some tests need --bootstrap")
    sample = y.join(x)
    sample = sample.select(entities=np.asarray(sample.complete.any(1)))
    design = _design(procedure, sample, y, x, observed.options)
    grid = [float(r) for r in rhos] if rhos else list(design.grid)
    if any(not math.isfinite(r) for r in grid):
        raise UsageError("power --rho: a finite number")
    low, high = design.allowed
    if outside := [r for r in grid if not low <= r <= high]:
        raise UsageError(f"power --rho {outside[0]:g}: {name} takes {low:g} to {high:g}; {design.meaning}")
    counts, warnings = _count(procedure, design, sample, y, x, given, grid, tested, level, replications, seed, progress)
    rows = []
    for r in grid:
        done = counts[r, "done"]
        for statistic in tested:
            k = counts[r, statistic]
            rows.append({"rho": r, "statistic": statistic, "level": level, "rate": k / done,
                         **dict(zip(("low", "high"), interval(k, done), strict=True))})
    if "stationar" in procedure.null:
        warnings.insert(0, "the null hypothesis of this test is stationarity: at rho 1 the rate is power, below 1 size")
    return {"kind": "power", "name": name, "rows": rows, "replications": replications, "seed": seed,
            "options": plain({**observed.options, "level": level}),
            "warnings": [f"simulated panels, not the data: {design.meaning}", *design.notes, *warnings]}


def interval(count: int, draws: int, confidence: float = 0.95) -> tuple[float, float]:
    """The exact interval of a share: Clopper and Pearson (1934)."""
    tail = (1 - confidence) / 2
    return (float(betaincinv(count, draws - count + 1, tail)) if count else 0.0,
            float(betaincinv(count + 1, draws - count, 1 - tail)) if count < draws else 1.0)


def _data(procedure: Procedure, y: Panel, x: Panel | None) -> list[Panel]:
    return [y] if x is None else [y, x]


def _design(procedure: Procedure, sample: Panel, y: Panel, x: Panel | None, options: Mapping[str, Any]) -> Design:
    values = np.where(sample.complete[..., None], sample.values, 0.0)
    causes = None if x is None else values[..., 1:]
    return NAMED.get(procedure.name, DESIGNS[procedure.family])(values[..., 0], causes, sample.complete, options)


def _count(procedure: Procedure, design: Design, sample: Panel, y: Panel, x: Panel | None, given: Mapping[str, Any],
           grid: Sequence[float], tested: Sequence[str], level: float, replications: int, seed: int,
           progress: Callable[[int, int], None] | None) -> tuple[Counter[tuple[float, str]], list[str]]:
    counts: Counter[tuple[float, str]] = Counter()
    failed: Counter[str] = Counter()
    hole = ~sample.complete
    for at, rho in enumerate(grid):
        rng = np.random.default_rng([seed, round(abs(rho) * 1e9), int(rho < 0)])
        for done in range(replications):
            effect, causes = design.draw(rng, rho)
            effect = np.where(hole, np.nan, effect)[..., None]
            panels = [sample.with_values(effect, y.variables)]
            if x is not None and causes is not None:
                panels.append(sample.with_values(np.where(hole[..., None], np.nan, causes), x.variables))
            try:
                result = procedure(*panels, **given)
            except (InfeasibleError, DataError) as wrong:
                failed[_reason(wrong)] += 1
                continue
            finally:
                if progress is not None:
                    progress(at * replications + done + 1, len(grid) * replications)
            counts[rho, "done"] += 1
            for statistic in tested:
                p = result[statistic].pvalue
                counts[rho, statistic] += p is not None and p < level
        if not counts[rho, "done"]:
            raise InfeasibleError(f"power: {procedure.name} could not be computed in any simulated panel with rho "
                                  f"{rho:g}: {first_of(failed, 1)}")
    return counts, [f"{k} simulated panels are left out, {why}" for why, k in failed.items()]


def _reason(wrong: ClustertradeError) -> str:
    return str(wrong).split(";")[0]
