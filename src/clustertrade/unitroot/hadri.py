"""Hadri's panel test of stationarity."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from clustertrade.batch.longrun import long_run
from clustertrade.batch.ols import Array, Mask
from clustertrade.batch.stationarity import partial_sum_square
from clustertrade.batch.trend import TERMS, deterministic_columns, detrend
from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult
from clustertrade.unitroot.resampling import LEVELS, bootstrapped, over_replications, stationary_panels

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
    checked="72 cases of plm purtest(test='hadri') (1e-9) and four values printed by EViews. Size at 5 %, "
            "N=20, T=50, white noise: 0.06 (c), 0.04 (ct), with a kernel 0.03, 0.03; N=25, T=22: 0.05, 0.03; with "
            "autocorrelation 0.5 always without a kernel, 0.3 and 0.45 with one. With --bootstrap 0.02 to 0.08 at N of "
            "10 and 25, T of 22 and 50, with autocorrelation and a common factor too; with a trend at T=22 and "
            "independent entities 0.06 to 0.16, with autocorrelation 0.19 to 0.42; "
            "power against a walk of 0.3 beside white noise, N=25, T=22: 1.00, 0.77.",
)
def hadri(y: Panel, *, trend: str = "c", homoskedastic: bool = False, dfcor: bool = True, kernel: str | None = None,
          bandwidth: int | str | None = None, demean: bool = False, bootstrap: int = 0, seed: int = 20260101,
          convention: str = "paper") -> TestResult:
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
    bootstrap : int
        Replications; 0 for none.  Then p and critical values are those of stationary panels: an autoregression for each
        entity (coefficients corrected for their bias in short samples, Kilian 1998), innovations drawn for whole
        cross-sections, so that entities may depend on each other.  The p of the limit stands in
        ``details.pvalues_asymptotic``.
    seed : int
        Seed of the bootstrap.
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
    lm, variance, width = _unit_statistics(resid[None], valid, trend, homoskedastic, dfcor, kernel, bandwidth)
    mean, square = MOMENTS[trend]
    z = float(np.sqrt(y.n_entities) * (lm.mean() - mean) / np.sqrt(square))
    rows = [{"entity": y.entities[i], "LM": float(lm[0, i]), "variance": float(variance[0, i]), "nobs": int(n[i]),
             **({} if width is None else {"bandwidth": float(width[0, i])})} for i in range(y.n_entities)]
    statistics: tuple[Statistic, ...] = (Statistic(name="Z", value=z, pvalue=float(ndtr(-z)),
                                                    critical={f"{a:g}": float(-ndtri(a)) for a in LEVELS}),)
    details: dict[str, Any] = {}
    if bootstrap:
        def again(series: Array, b: int) -> Array:
            errors = detrend(series, np.tile(valid, (b, 1)), trend).reshape(b, *valid.shape)
            drawn_lm, _, _ = _unit_statistics(errors, valid, trend, homoskedastic, dfcor, kernel, bandwidth)
            return np.sqrt(y.n_entities) * (drawn_lm.mean(1) - mean) / np.sqrt(square)

        drawn = over_replications(stationary_panels(resid, valid, trend, bootstrap, seed), again)
        statistics, details = bootstrapped("hadri", statistics, drawn, ("right",))
    return TestResult(
        statistics=statistics,
        nobs=int(n.sum()),
        details={**details, "LM": float(lm.mean()), "entities": rows},
    )


def _unit_statistics(resid: Array, valid: Mask, trend: str, homoskedastic: bool, dfcor: bool, kernel: str | None,
                     bandwidth: int | str | None) -> tuple[Array, Array, Array | None]:
    """LM, the variance in it and the bandwidth of every entity: resid (b, N, T)  ->  (b, N) each."""
    b, shape = len(resid), resid.shape[:2]
    rows, cells = resid.reshape(-1, resid.shape[2]), np.tile(valid, (b, 1))
    n, width = cells.sum(1).astype(float), None
    if kernel is not None or bandwidth is not None:
        kernel = kernel or "bartlett"
        run = long_run(rows, cells, "auto" if bandwidth is None else bandwidth, kernel)
        variance, width, weight = run.omega[:, 0, 0], run.bandwidth, n
        if dfcor:
            variance = variance / (1 - _lost(cells, trend, width, kernel))
    else:
        weight = n - TERMS[trend] if dfcor else n
        variance = (rows**2).sum(1) / weight
    lm, variance, weight = (v.reshape(shape) for v in (partial_sum_square(rows, cells), variance, weight))
    if homoskedastic:
        variance = np.broadcast_to((variance * weight).sum(1, keepdims=True) / weight.sum(1, keepdims=True), shape)
    return lm / variance, variance, None if width is None else width.reshape(shape)


def _lost(valid: Mask, trend: str, bandwidth: Array, kernel: str) -> Array:
    """tr(P W) / n for every entity: P projects on the deterministic terms, W holds the weights of the kernel."""
    terms = np.where(valid[..., None], deterministic_columns(trend, valid), 0.0)
    q = np.linalg.qr(terms)[0]
    return np.trace(long_run(q, valid, bandwidth, kernel).omega, axis1=1, axis2=2)
