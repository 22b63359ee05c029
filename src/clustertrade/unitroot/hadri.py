"""Hadri's panel test of stationarity."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from clustertrade.batch.longrun import long_run
from clustertrade.batch.ols import Array, Mask
from clustertrade.batch.stationarity import partial_sum_square
from clustertrade.batch.trend import TERMS, deterministic_columns, detrend
from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult

# Mean and variance of the integral of a squared (second-level) Brownian bridge: Hadri (2000), theorems 1 and 2.
MOMENTS = {"c": (1 / 6, 1 / 45), "ct": (1 / 15, 11 / 6300)}


@procedure(
    "hadri",
    family="unitroot",
    title="Hadri panel stationarity test",
    null="every entity is stationary",
    alternative="some entities have a unit root",
    reference="hadri2000",
    needs=lambda options: Needs(n=2, t=TERMS[options["trend"]] + 2, within=True),
    choices={"trend": ("c", "ct")},
    conventions={"plm": {"dfcor": False}},
    checked="72 cases of plm purtest(test='hadri') (1e-9) and four values printed by EViews.",
)
def hadri(y: Panel, *, trend: str = "c", homoskedastic: bool = False, dfcor: bool = True, kernel: str | None = None,
          bandwidth: int | str | None = None, demean: bool = False, convention: str = "paper") -> TestResult:
    r"""Stationarity of all entities against unit roots in some; large values reject.

    .. math:: Z = \frac{\sqrt N(\overline{LM} - \xi)}{\zeta}\to N(0,1),\qquad
        LM_i = \frac{T^{-2}\sum_t S_{it}^2}{\hat\sigma_i^2},\qquad S_{it} = \sum_{s\le t}\hat e_{is}

    with :math:`\hat e` the residuals of each entity on its deterministic terms, :math:`\xi = 1/6, \zeta^2 = 1/45` for a
    constant and :math:`1/15, 11/6300` with a trend (T before N).

    Parameters
    ----------
    y : Panel of one variable
        Entities may have different periods: the limit of a unit's statistic is the same for all.
    trend : c or ct
        Deterministic terms.
    homoskedastic : bool
        One residual variance for all entities (EViews' first Z) in place of one each (its heteroskedastic Z).
    dfcor : bool
        Divide squared residuals by n - k (yes) or n (no, as plm and EViews).  With a kernel the divisor is
        tr(M W), the mean of e'We under white noise with M the projection off the deterministic terms and W the
        weights, which is n - k without lags: at N=20, T=50 and white noise the test with trend rejects 3 % of true
        nulls at 5 % with it and 95 % without.
    kernel : bartlett, parzen or qs, optional
        Long-run variances in place of variances, so that serial correlation is allowed.  Without it the test presumes
        that residuals are not autocorrelated and rejects too often where they are.
    bandwidth : int or auto, optional
        Bandwidth of the kernel (given alone: bartlett); auto is Newey and West (1994).
    demean : bool
        Subtract cross-sectional means first.
    convention : paper or plm
        plm divides by n.

    Returns
    -------
    TestResult
        ``Z`` with upper-tail p.  Details: ``LM``; ``entities``: ``entity``, ``LM``, ``variance``, ``nobs`` and with a
        kernel ``bandwidth``.

    Raises
    ------
    InfeasibleError
        Fewer than two entities; too few periods; an entity without variation around its deterministic terms.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> noise = rng.standard_normal((10, 30))
    >>> frame = pd.DataFrame({"i": np.repeat(range(10), 30), "t": list(range(30)) * 10, "noise": noise.ravel(),
    ...                       "walk": noise.cumsum(1).ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> hadri(panel["noise"]).pvalue > 0.1, hadri(panel["walk"]).pvalue < 0.01
    (True, True)
    """
    y = y.demean() if demean else y
    valid = y.complete
    n = valid.sum(1).astype(float)
    resid = detrend(y.series, valid, trend)
    rss = (resid**2).sum(1)
    scale = np.where(valid, y.series, 0.0)
    if (flat := np.flatnonzero(rss <= 1e-22 * (scale**2).sum(1))).size:
        raise InfeasibleError(f"hadri: {y.name} has no variation around its deterministic terms for "
                              f"{first_of(y.entities[i] for i in flat)} ({flat.size} of {y.n_entities} entities); "
                              "leave them out")
    width = None
    if kernel is not None or bandwidth is not None:
        run = long_run(resid, valid, "auto" if bandwidth is None else bandwidth, kernel or "bartlett")
        variance, width = run.omega[:, 0, 0], run.bandwidth
        if dfcor:
            variance = variance / (1 - _lost(valid, trend, width, kernel or "bartlett"))
        common = float(np.average(variance, weights=n))
    else:
        df = n - TERMS[trend] if dfcor else n
        variance = rss / df
        common = float(rss.sum() / df.sum())
    used = np.full_like(variance, common) if homoskedastic else variance
    lm = partial_sum_square(resid, valid) / used
    mean, square = MOMENTS[trend]
    z = float(np.sqrt(y.n_entities) * (lm.mean() - mean) / np.sqrt(square))
    rows = [{"entity": y.entities[i], "LM": float(lm[i]), "variance": float(used[i]), "nobs": int(n[i]),
             **({} if width is None else {"bandwidth": float(width[i])})} for i in range(y.n_entities)]
    return TestResult(
        statistics=(Statistic(name="Z", value=z, pvalue=float(ndtr(-z)),
                              critical={"0.01": 2.3263478740408408, "0.05": 1.6448536269514722,
                                        "0.1": 1.2815515655446004}),),
        nobs=int(n.sum()),
        details={"LM": float(lm.mean()), "entities": rows},
    )


def _lost(valid: Mask, trend: str, bandwidth: Array, kernel: str) -> Array:
    """tr(P W) / n for every entity: P projects on the deterministic terms, W holds the weights of the kernel."""
    terms = np.where(valid[..., None], deterministic_columns(trend, valid), 0.0)
    q = np.linalg.qr(terms)[0]
    return np.trace(long_run(q, valid, bandwidth, kernel).omega, axis1=1, axis2=2)
