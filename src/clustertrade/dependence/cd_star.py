"""The bias-corrected CD test of Pesaran and Xie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import ndtr

from clustertrade.batch.correlations import one_minus_theta
from clustertrade.batch.factors import NotConverged, number_of_factors, principal_components
from clustertrade.batch.trend import demean
from clustertrade.dependence.correlations import correlations
from clustertrade.dependence.residuals import entity_residuals
from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult

DEGENERATE = 0.1                                           # of 1 - theta, below which the correction is mostly noise
FEW = 15                                                   # entities: fewer, and the size is off by more than 0.05


def _needs(options: Mapping[str, Any]) -> Needs:
    k = options["factors"] if isinstance(options["factors"], int) else 2      # what is left must still be correlated
    x = 1 + len(options["x"]) if options["x"] else 0
    return Needs(n=k + 2, t=k + 3 + x, gaps=True, within=True)


@procedure(
    "cd-star",
    family="dependence",
    title="Bias-corrected CD test of Pesaran and Xie",
    null="no dependence between entities beyond the common factors",
    alternative="some entities are correlated beyond the common factors",
    reference="pesaran_xie2021",
    needs=_needs,
    checked="no independent reference: against a loop written from the formulas. Simulated size at 5 %, factors "
            "chosen: 0.06 at N=25, T=22, 0.07 at N=20, T=50 with one factor of loadings from 0 to 2; 0.07, 0.08 "
            "without factor; 0.22, 0.20 with weak loadings from 0.25 to 0.75; 0.15, 0.67 with loadings from 1 to 2 "
            "and equal variances. Power against neighbours with weights of 0.4: 0.28, 0.57.",
)
def cd_star(y: Panel, x: Panel | None = None, *, factors: int | str = "ic2") -> TestResult:
    r"""What dependence is left when common factors are taken out, with the bias of CD corrected.

    .. math:: CD^* = \frac{CD(\hat e) + \sqrt{T/2}\,\hat\theta}{1 - \hat\theta} \to N(0,1), \qquad
        1 - \hat\theta = \frac1N\sum_i \hat a_i^2,\quad \hat a_i = 1 - \hat\sigma_i\hat\varphi'\hat\gamma_i,\quad
        \hat\varphi = \frac1N\sum_i \hat\gamma_i/\hat\sigma_i

    Residuals e (standard deviations sigma) and loadings gamma (with mean square one) are those of principal
    components of the series less their means.  They are not standardised, unlike in the Stata command xtcd2: that
    makes loadings of one sign proportional to sigma, where 1 - theta is zero and the test rejects always (a factor
    with loadings between 1 and 2, N = T = 100: 99 % of true nulls; not standardised 11 %).  Entities measured in
    different units should be brought to comparable ones, by logarithms for example.

    Parameters
    ----------
    y : Panel of one variable
        Gaps are allowed: missing cells are filled by their common component (EM algorithm), and each pair of
        residuals is correlated over the periods that both have.
    x : Panel, optional
        With regressors, the residuals of unit-by-unit OLS of y on x and a constant are tested; where x shares the
        factors of y, these are not consistent, and residuals of a model with factors should go into y.
    factors : int or ic1, ic2, ic3, bic3
        Number of factors, at least as many as there are; 0 is CD itself.  A criterion of Bai and Ng (2002) chooses
        from 1 to the square root of the shorter dimension (at most 8): one too few does more harm than one too many.

    Returns
    -------
    TestResult
        ``CD*``, two-sided p.  Details: ``factors``, ``theta``, ``cd`` (of the residuals, not corrected),
        ``explained`` (share of variance), ``mean_rho``, ``mean_abs_rho`` (of the residuals), ``pairs``.

    Raises
    ------
    InfeasibleError
        Where two entities share fewer than 3 periods, or factors explain an entity exactly.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> values = np.outer(rng.standard_normal(20), rng.standard_normal(40)) + rng.standard_normal((20, 40))
    >>> frame = pd.DataFrame({"i": np.repeat(range(20), 40), "t": list(range(40)) * 20, "y": values.ravel()})
    >>> result = cd_star(Panel.from_frame(frame, entity="i", time="t")["y"], factors="ic2")
    >>> result.details["factors"], result.pvalue > 0.05
    (1, True)
    """
    series = entity_residuals("cd-star", y, x)
    valid = np.isfinite(series)[None]
    z = demean(series, valid[0])[None]
    try:
        number = factors if isinstance(factors, int) else max(int(number_of_factors(z, factors, valid=valid)[0]), 1)
        parts = principal_components(z, number, valid)
    except NotConverged:
        raise InfeasibleError("cd-star: the common component of the missing cells does not settle; take fewer "
                              "--factors, or --balanced trim") from None
    resid = np.where(valid, parts.resid, np.nan)[0]
    sigma = np.sqrt((parts.resid[0] ** 2).sum(1) / valid[0].sum(1))
    exact = np.flatnonzero(sigma <= 1e-6 * np.sqrt((z[0] ** 2).sum(1) / valid[0].sum(1)))
    if exact.size:
        raise InfeasibleError(f"cd-star: {number} factors explain {first_of(y.entities[i] for i in exact)} exactly and "
                              "leave no residual to correlate; take fewer --factors")
    found = correlations("cd-star", y, resid)
    left = one_minus_theta(parts, sigma)
    value = found.bias_corrected_cd(left)
    warnings = []
    if left < DEGENERATE:
        warnings.append(f"1 - theta is {left:.3f}: loadings are almost proportional to residual standard deviations, "
                        "and the corrected statistic is mostly rounding and noise; use cd-weighted")
    if found.n < FEW:
        warnings.append(f"N = {found.n}: with fewer than {FEW} entities CD* rejects too often")
    return TestResult(
        statistics=(Statistic(name="CD*", value=value, pvalue=float(2 * ndtr(-abs(value)))),),
        nobs=int(valid.sum()),
        details={"factors": number, "theta": 1 - left, "cd": found.cd,
                 "explained": 1 - float((parts.resid**2).sum() / (z**2).sum()), **found.details()},
        warnings=tuple(warnings),
    )
