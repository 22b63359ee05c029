"""Pesaran's CD test of cross-sectional dependence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from clustertrade.batch.ols import ols
from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult


@procedure(
    "cd",
    family="dependence",
    title="Pesaran CD test",
    null="no dependence between entities",
    alternative="some entities are correlated",
    reference="pesaran2021",
    needs=lambda options: Needs(n=2, t=3 + (1 + len(options["x"]) if options["x"] else 0), gaps=True),
)
def cd(y: Panel, x: Panel | None = None) -> TestResult:
    r"""Cross-sectional dependence of a variable, or of residuals.

    .. math:: CD = \sqrt{\tfrac{2}{N(N-1)}} \sum_{i<j} \sqrt{T_{ij}}\,\hat\rho_{ij} \to N(0,1)

    Parameters
    ----------
    y : Panel of one variable
        Gaps are allowed: each pair is correlated over the periods that both have.
    x : Panel, optional
        With regressors, the residuals of unit-by-unit OLS of y on x and a constant are tested.

    Returns
    -------
    TestResult
        ``CD``, two-sided p.  Details: ``mean_rho``, ``mean_abs_rho``, ``pairs``.

    Raises
    ------
    InfeasibleError
        Where two entities share fewer than 3 periods.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"i": list("aaaabbbb"), "t": [1, 2, 3, 4] * 2, "y": [1., 2, 4, 3, 2, 3, 4, 5]})
    >>> round(cd(Panel.from_frame(frame, entity="i", time="t")["y"])["CD"].value, 3)
    1.6
    """
    series = y.series if x is None else _unit_residuals(y, x)
    rho, shared = pairwise_correlations(series)                      # both (N, N)
    pair = np.triu_indices(y.n_entities, k=1)
    if (few := np.flatnonzero(shared[pair] < 3)).size:
        who = [f"{y.entities[pair[0][k]]}-{y.entities[pair[1][k]]} ({int(shared[pair][k])})" for k in few]
        raise InfeasibleError(f"cd: every pair of entities needs at least 3 shared periods; {first_of(who)} have fewer")
    scale = np.sqrt(2 / (y.n_entities * (y.n_entities - 1)))
    stat = float(scale * (np.sqrt(shared[pair]) @ rho[pair]))
    return TestResult(
        statistics=(Statistic(name="CD", value=stat, pvalue=float(2 * ndtr(-abs(stat)))),),
        nobs=int(np.isfinite(series).sum()),
        details={"mean_rho": float(rho[pair].mean()), "mean_abs_rho": float(np.abs(rho[pair]).mean()),
                 "pairs": int(pair[0].size)},
    )


def _unit_residuals(y: Panel, x: Panel) -> NDArray[np.float64]:
    valid = y.complete & x.complete
    constant = np.ones((*y.series.shape, 1))
    _, _, resid, _ = ols(y.series, np.concatenate([constant, x.values], -1), valid)
    return np.where(valid, resid, np.nan)


def pairwise_correlations(series: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Correlations (N, N) over the periods that each pair shares, and the number of these periods (N, N).

    A pair in which one side does not vary over the shared periods has correlation zero.
    """
    there = np.isfinite(series)
    count = there.sum(1)[:, None].clip(1)
    centre = np.where(there, series, 0.0).sum(1, keepdims=True) / count
    z = np.where(there, series - centre, 0.0)                        # centred by entity first, against cancellation
    size = np.sqrt((z**2).sum(1, keepdims=True) / count)
    z = z / np.where(size > 0, size, 1.0)
    w = there.astype(float)
    shared = w @ w.T
    n = np.where(shared > 0, shared, 1.0)
    mean = (z @ w.T) / n                                             # mean of row i over the periods shared with j
    cross = z @ z.T - n * mean * mean.T
    square = (z**2) @ w.T - n * mean**2
    norm = np.sqrt(square.clip(0) * square.clip(0).T)
    rho = np.where(norm > 1e-12 * n, cross / np.where(norm > 0, norm, 1.0), 0.0)
    return rho.clip(-1, 1), shared.astype(np.int64)
