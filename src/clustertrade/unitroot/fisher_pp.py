"""Choi's combinations of Phillips-Perron tests."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr

from clustertrade.batch.adf import fewest_periods
from clustertrade.batch.ols import Array, Mask
from clustertrade.batch.phillips_perron import PhillipsPerron, phillips_perron
from clustertrade.distributions import dickey_fuller
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import TestResult
from clustertrade.unitroot.choi import TAILS, combined, values
from clustertrade.unitroot.resampling import bootstrapped, over_replications, walk_panels


@procedure(
    "fisher-pp",
    family="unitroot",
    title="Fisher-type panel unit root test from Phillips-Perron p-values",
    null="every entity has a unit root",
    alternative="at least one entity is stationary",
    reference="choi2001",
    needs=lambda options: Needs(n=2, t=fewest_periods(options["trend"], 0), within=True),
    checked="no independent reference for the panel: unit statistics are those of pp (held to tseries and arch), the "
            "combinations those of fisher-adf (held to plm). Size of Z at 5 %, N=20, T=50: 0.04 (n), 0.06 (c), 0.08 "
            "(ct), of Pm 0.07, 0.08, 0.09; N=25, T=22: Z 0.04, 0.07, 0.09, Pm 0.12, 0.13, 0.16; power of Z against a "
            "root of 0.9 there: 1.00, 0.49, 0.19. Under a common factor 0.2 to 0.3, with --bootstrap 0.04 to 0.09.",
)
def fisher_pp(y: Panel, *, trend: str = "c", kernel: str = "bartlett", bandwidth: int | str = "auto",
              demean: bool = False, bootstrap: int = 0, seed: int = 20260101) -> TestResult:
    r"""Unit roots in all entities, from the p-values p_i of each one's Phillips-Perron Z(t).

    .. math:: Z = \tfrac1{\sqrt N}\sum\Phi^{-1}(p_i),\quad P = -2\sum\ln p_i,\quad
        P_m = \frac{P - 2N}{\sqrt{4N}},\quad L^* = \sqrt k\sum\ln\frac{p_i}{1-p_i}

    Parameters
    ----------
    y : Panel of one variable
        Entities may have different periods; they must be independent.
    trend : n, c or ct
        Deterministic terms, one set an entity.
    kernel : bartlett, parzen or qs
        Kernel of the long-run variances.
    bandwidth : int, or auto
        Newey and West (1994) for each entity by default.
    demean : bool
        Subtract cross-sectional means first, against a common time effect.
    bootstrap : int
        Replications; 0 for none.  Then p and critical values are those of panels of random walks whose
        steps are drawn in blocks of whole cross-sections (Palm, Smeekes and Urbain 2011), valid
        where entities depend on each other; the p-values of the limit stand in ``details.pvalues_asymptotic``.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    TestResult
        ``Z`` (N(0,1), small values reject; Choi's recommendation), ``Pm`` (N(0,1), large), ``L*`` (t with 5N + 4,
        small), ``P`` (chi-squared with 2N, large).  p of an entity from the law of the Dickey-Fuller t with its n
        observations.  Details: ``entities``: ``entity``, ``Zt``, ``pvalue``, ``bandwidth``, ``nobs``.

    Raises
    ------
    InfeasibleError
        Fewer than two entities; too few periods; an entity that is constant.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> noise = np.random.default_rng(1).standard_normal((10, 30))
    >>> frame = pd.DataFrame({"i": np.repeat(range(10), 30), "t": list(range(30)) * 10, "noise": noise.ravel(),
    ...                       "walk": noise.cumsum(1).ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> fisher_pp(panel["noise"]).pvalue < 0.01, fisher_pp(panel["walk"]).pvalue > 0.1
    (True, True)
    """
    y = y.demean() if demean else y
    valid = y.complete
    scores, fit = _scores(y.series, valid, trend, kernel, bandwidth)
    rows = [{"entity": y.entities[i], "Zt": float(fit.zt[i]), "pvalue": float(ndtr(scores[i])),
             "bandwidth": float(fit.bandwidth[i]), "nobs": int(fit.nobs[i])} for i in range(y.n_entities)]
    statistics, details = combined(scores), dict[str, Any]()
    if bootstrap:
        def again(series: Array, b: int) -> Array:
            return values(_scores(series, np.tile(valid, (b, 1)), trend, kernel, bandwidth)[0].reshape(b, -1))

        drawn = over_replications(walk_panels(y.series, valid, trend, bootstrap, seed, scheme="block"), again)
        statistics, details = bootstrapped("fisher-pp", statistics, drawn, TAILS)
    return TestResult(statistics=statistics, nobs=int(fit.nobs.sum()), details={**details, "entities": rows})


def _scores(series: Array, valid: Mask, trend: str, kernel: str,
            bandwidth: int | str) -> tuple[Array, PhillipsPerron]:
    """Normal quantile of the p-value of every row, and its statistics."""
    fit = phillips_perron(series, valid, trend, kernel, bandwidth)
    return dickey_fuller.score_finite(fit.zt, trend, fit.nobs), fit
