"""Moran's I of a variable over a map, in one period or over several."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr

from clustertrade.batch.autocorrelation import (
    cross_product_moments,
    local_moments,
    normal_variance,
    permuted,
    permuted_local,
)
from clustertrade.errors import InfeasibleError, first_of
from clustertrade.neighbours import Neighbours
from clustertrade.panel import Array, Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult

WEIGHTS = ("binary", "row")
QUADRANTS = {(True, True): "high-high", (True, False): "high-low", (False, True): "low-high", (False, False): "low-low"}


@procedure(
    "moran",
    family="dependence",
    title="Moran's I test of spatial autocorrelation",
    null="no spatial autocorrelation",
    alternative="neighbouring entities are alike or unlike",
    reference="moran1950",
    needs=lambda options: Needs(n=4, t=1, balanced=True),
    choices={"variant": WEIGHTS},
    checked="PySAL: esda's printed variances of a lattice, its I, z and local statistics (1e-9); moments against all "
            "5,040 permutations of seven histories (1e-9)",
)
def moran(y: Panel, *, neighbours: Neighbours, variant: str = "binary", bootstrap: int = 0,
          seed: int = 20260101) -> TestResult:
    r"""Whether neighbours resemble each other more than any two entities do.

    .. math:: I = \frac{N}{\sum_{ij} w_{ij}} \frac{\sum_t z_t' W z_t}{\sum_t z_t'z_t}, \qquad
        z_{it} = y_{it} - \bar y_t

    With one period this is Moran's (1950) statistic.  With several it is their average, weighted by the variance of
    each; the null law exchanges the histories of entities, so that dependence over time does no harm.  The p is
    normal with the exact mean and variance under all permutations (Cliff and Ord 1981; randomisation), or, with
    ``bootstrap``, the share of permutations that are as far from that mean.

    Parameters
    ----------
    y : Panel of one variable
        Every entity over the same periods; one period is enough.
    neighbours : file or pairs of labels
        A CSV with a header whose first two columns are neighbours; each pair once.
    variant : binary or row
        Weights of 1, or divided by the number of neighbours.
    bootstrap : int
        Permutations; 0 for the normal p.
    seed : int
        Seed of the permutations.

    Returns
    -------
    TestResult
        ``I``, two-sided p.  Details: ``expected``, ``variance`` and ``z`` under permutation, ``pvalue_normal``;
        ``variance_normal`` of one normal cross-section; ``periods``, a row a period; ``entities``, the local
        statistics (Anselin 1995) with z, p and quadrant, conditional on the entity's own history; ``pairs``.

    Raises
    ------
    DataError
        No pair of neighbours is of two entities of the data.

    References
    ----------
    Anselin (1995), doi:10.1111/j.1538-4632.1995.tb00338.x

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"i": list("abcdef"), "t": 2001, "y": [1., 2, 3, 4, 5, 6]})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> round(moran(panel["y"], neighbours=["ab", "bc", "cd", "de", "ef"])["I"].value, 3)
    0.6
    """
    w = neighbours.matrix("moran", y.entities)
    alone = [e for e, row in zip(y.entities, w, strict=True) if not row.any()]
    warnings = [f"{len(alone)} entities have no neighbour and weigh nothing: {first_of(alone, 50)}"] if alone else []
    pairs = int(w.sum()) // 2
    if variant == "row":
        w = w / np.maximum(w.sum(1, keepdims=True), 1.0)
    z = y.series - y.series.mean(0)
    n = y.n_entities
    if (z**2).sum() <= 1e-24 * (y.series**2).sum():
        raise InfeasibleError(f"moran: {y.name} is the same for all entities in every period")
    likeness = n * (z @ z.T) / w.sum() / float((z**2).sum())                              # I is the sum of W o this
    value = float((w * likeness).sum())
    mean, variance = cross_product_moments(w, likeness)
    if variance <= 1e-14:
        raise InfeasibleError(f"moran: I is {value:g} whatever the order of the entities, as {y.name} differs in too "
                              "few of them, or all are neighbours; nothing can be tested")
    score = (value - mean) / variance**0.5
    pvalue = normal = float(2 * ndtr(-abs(score)))
    local = _local(w, z, y.entities)
    if bootstrap:
        # Ranks make the draws independent of the names of entities.
        order = np.lexsort(np.round(z, 12).T[::-1])
        draws = permuted(w[np.ix_(order, order)], likeness[np.ix_(order, order)], bootstrap, seed)
        pvalue = float((1 + (np.abs(draws - mean) >= abs(value - mean) * (1 - 1e-9)).sum()) / (bootstrap + 1))
        share = permuted_local(w[np.ix_(order, order)], likeness[np.ix_(order, order)], bootstrap, seed)
        for row, p in zip((local[i] for i in order), share, strict=True):
            row["pvalue_permutation"] = float(p)
    levels = (y.series**2).sum(0)
    details: dict[str, Any] = {
        "expected": mean, "variance": variance, "z": score, "pvalue_normal": normal,
        "variance_normal": normal_variance(w) if y.n_periods == 1 else None,
        "periods": [_period(w, z[:, [t]], levels[t], label) for t, label in enumerate(y.times)],
        "entities": local, "pairs": pairs}
    return TestResult(statistics=(Statistic(name="I", value=value, pvalue=pvalue),), nobs=y.series.size,
                      details=details, warnings=tuple(warnings))


def _period(w: Array, z: Array, level: float, label: str) -> dict[str, Any]:
    size = float((z**2).sum())
    if not size > 1e-24 * level:
        return {"period": label, "I": None, "z": None, "pvalue": None}
    likeness = len(z) * (z @ z.T) / w.sum() / size
    value = float((w * likeness).sum())
    mean, variance = cross_product_moments(w, likeness)
    if variance <= 1e-14:
        return {"period": label, "I": value, "z": None, "pvalue": None}
    score = (value - mean) / variance**0.5
    return {"period": label, "I": value, "z": score, "pvalue": float(2 * ndtr(-abs(score)))}


def _local(w: Array, z: Array, entities: tuple[str, ...]) -> list[dict[str, Any]]:
    """Local statistics, whose sum is proportional to I: I_i = sum_t z_it sum_j w_ij z_jt N / sum z^2."""
    product = z @ z.T * len(z) / float((z**2).sum())
    value = (w * product).sum(1)
    mean, variance = local_moments(w, product)
    own, lag = z.mean(1), (w @ z).mean(1)
    rows = []
    for i, e in enumerate(entities):
        score = float((value[i] - mean[i]) / variance[i] ** 0.5) if variance[i] > 0 else None
        rows.append({"entity": e, "I": float(value[i]), "z": score,
                     "pvalue": None if score is None else float(2 * ndtr(-abs(score))),
                     "quadrant": QUADRANTS[bool(own[i] > 0), bool(lag[i] > 0)] if w[i].any() else None})
    return rows
