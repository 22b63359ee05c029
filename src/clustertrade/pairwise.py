"""A test of all pairs of variables in both directions, with p-values adjusted for their number."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np

from clustertrade.panel import Panel
from clustertrade.results import Statistic, TestResult


def all_pairs(test: Callable[[Panel, Panel], TestResult], variables: Panel) -> TestResult:
    """One result for the tests of every ordered pair of variables.

    test: of an effect and a cause; variables: y first, then the x.  ``statistics`` holds the recommended statistic of
    each pair under the name ``cause -> effect`` with its own p-value; pairs stand in the order of their effects, then
    of their causes.  ``details.pairs`` has a row a pair: ``name``, ``cause``, ``effect``, ``statistic`` (its name),
    ``value``, ``pvalue``, ``pvalue_holm`` and ``pvalue_bh`` (Holm 1979; Benjamini and Hochberg 1995, over all pairs
    that have a p), ``lags``, ``nobs`` and all ``statistics`` of the test.
    """
    results = {(cause, effect): test(variables[effect], variables[cause])
               for effect, cause in permutations(variables.variables, 2)}
    holm, bh = adjusted([r.pvalue for r in results.values()])
    statistics, rows = [], []
    for i, ((cause, effect), result) in enumerate(results.items()):
        main, name = result.statistics[0], f"{cause} -> {effect}"
        statistics.append(Statistic(name=name, value=main.value, pvalue=main.pvalue, df=main.df,
                                    critical=main.critical))
        rows.append({"name": name, "cause": cause, "effect": effect, "statistic": main.name, "value": main.value,
                     "pvalue": main.pvalue, "pvalue_holm": holm[i], "pvalue_bh": bh[i], "lags": result.lags,
                     "nobs": result.nobs, "statistics": [s.to_dict() for s in result.statistics]})
    first = next(iter(results.values()))
    warnings = tuple(dict.fromkeys(w for r in results.values() for w in r.warnings))
    return TestResult(statistics=tuple(statistics), nobs=first.nobs, n_entities=first.n_entities,
                      n_periods=first.n_periods, warnings=warnings, details={"pairs": rows})


def adjusted(pvalues: list[float | None]) -> tuple[list[Any], list[Any]]:
    """Holm's and Benjamini and Hochberg's p-values; None stays None and does not count.

    Examples
    --------
    >>> adjusted([0.01, None, 0.04])
    ([0.02, None, 0.04], [0.02, None, 0.04])
    """
    from statsmodels.stats.multitest import multipletests

    at = [i for i, p in enumerate(pvalues) if p is not None]
    out = []
    for method in ("holm", "fdr_bh"):
        column: list[float | None] = [None] * len(pvalues)
        if at:
            found = multipletests(np.array([pvalues[i] for i in at], dtype=float), method=method)[1]
            for i, p in zip(at, found, strict=True):
                column[i] = float(p)
        out.append(column)
    return out[0], out[1]
