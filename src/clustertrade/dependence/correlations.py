"""Correlations between all pairs of entities, on which every test of this family stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.correlations import Correlations, correlations_of
from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Array, Panel
from clustertrade.registry import Needs

SHORTEST = 3                                               # periods that two entities must share
PLM_SHORTEST = 2                                           # a pair with fewer is left out there


def pairwise_needs(options: Mapping[str, Any]) -> Needs:
    """Two entities, three shared periods; with x as many more as each regression has coefficients."""
    return Needs(n=2, t=SHORTEST + (1 + len(options["x"]) if options["x"] else 0), gaps=True, within=bool(options["x"]),
                 varying=not options["x"])


def correlations(asked: str, y: Panel, series: Array, convention: str = "paper") -> Correlations:
    """Correlations of the rows of series (N, T), NaN where missing, over the periods that each pair shares.

    plm leaves out the pairs that share fewer than two periods, where at least one is left.

    Raises
    ------
    InfeasibleError
        Where two entities share fewer than 3 periods.
    """
    there = np.isfinite(series)
    if convention == "plm" and (found := correlations_of(series, PLM_SHORTEST)).pairs:
        return found
    if not there.all():
        _refuse_strangers(asked, y, there.astype(np.int64) @ there.T.astype(np.int64))
    return correlations_of(series)


def _refuse_strangers(asked: str, y: Panel, shared: NDArray[np.int64]) -> None:
    i, j = np.nonzero(np.triu(shared < SHORTEST, k=1))
    if i.size:
        who = [f"{y.entities[a]}-{y.entities[b]} ({shared[a, b]})" for a, b in zip(i, j, strict=True)]
        raise InfeasibleError(f"{asked}: every pair of entities needs at least {SHORTEST} shared periods; "
                              f"{first_of(who)} have fewer. Leave out the entities with the shortest series")
