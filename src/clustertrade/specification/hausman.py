"""The Hausman test of random against fixed effects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clustertrade.batch.quadratic import definite
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Panel
from clustertrade.registry import procedure
from clustertrade.regression.components import needs
from clustertrade.regression.contrast import auxiliary, contrast
from clustertrade.regression.goodness import chi2
from clustertrade.regression.rows import Rows, rows_of
from clustertrade.results import Statistic, TestResult
from clustertrade.specification.mundlak import auxiliary_test


@procedure(
    "hausman",
    family="specification",
    title="Hausman test of random against fixed effects",
    null="the entity effects are uncorrelated with the regressors",
    alternative="the entity effects are correlated with the regressors",
    reference="hausman1978",
    needs=needs,
    choices={"effects": ("entity", "twoway"),
             "cov": ("unadjusted", "robust", "clustered", "driscoll-kraay", "newey-west")},
    conventions={"plm": {}, "gretl": {}},
    checked="plm (all four methods, two-way effects, auxiliary form) and gretl (1e-6). Rejections at 5 %, effects "
            "uncorrelated with x: 0.06 at 31 x 8 and 31 x 22, 0.11 at 10 x 8 (docs/validation); with V_FE and V_RE "
            "each by its own residual variance (plm) 0.11 to 0.21.",
)
def hausman(y: Panel, x: Panel, *, effects: str = "entity", re_method: str = "swar", cov: str = "unadjusted",
            hc: int = 1, cluster: str = "entity", kernel: str = "bartlett", bandwidth: int | str = "auto",
            convention: str = "paper") -> TestResult:
    r"""Do fixed and random effects estimate the same slopes?

    .. math:: \chi^2 = (b_{FE}-b_{RE})'\,(V_{FE}-V_{RE})^{-1}\,(b_{FE}-b_{RE})

    over the regressors that vary within entities.  The difference of the covariances is that of q only where errors
    are homoskedastic and uncorrelated; with any other ``cov`` the question is answered by its auxiliary regression,
    random effects with the entity means of x added (Mundlak 1978; Arellano 1993), and a Wald test that the means have
    no coefficient.

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed.
    x : Panel of regressors
        At least one must vary within entities.
    effects : entity or twoway
        Effects of entities, or of entities and periods (balanced panels and the unadjusted contrast only).
    re_method : swar, amemiya, walhus or nerlove
        Variance components of random effects.
    cov : unadjusted, robust, clustered, driscoll-kraay or newey-west
        Unadjusted: the difference of classical covariances.  Others: the auxiliary regression with this covariance.
    hc, cluster, kernel, bandwidth : optional
        Of that covariance, as of ``re``.
    convention : paper, plm or gretl
        paper: V_FE and V_RE by one residual variance, that of random effects (``sigmamore`` of Stata), so that their
        difference is positive definite and the size is near 5 %.  plm: each by its own, as EViews, and
        Stata without that option; rejects 0.11 to 0.17 of true nulls at 5 % where x varies little between entities
        (AR(0.5), N=31, T=8 and 22; paper 0.06), and takes the absolute value of chi2 where the difference is not
        positive definite.  gretl:
        n (SSR_0 - SSR_1) / SSR_1 of the auxiliary regression without and with the means; in unbalanced panels the
        harmonic mean in Swamy-Arora.  With another ``cov`` as of ``re``; in unbalanced panels plm leaves the constant
        of the auxiliary regression as it is, beside transformed columns.

    Returns
    -------
    TestResult
        ``chi2``, its df the number of varying regressors; a warning says where V_FE - V_RE is not positive definite.
        Details: ``form`` (contrast or auxiliary), ``coefficients`` (both slopes, difference and its standard error; or
        the means with theirs), ``theta``.

    Raises
    ------
    InfeasibleError
        No regressor varies within entities; too few entities.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> effect = rng.standard_normal((40, 1))
    >>> x = effect + rng.standard_normal((40, 5))
    >>> y = x + 2 * effect + rng.standard_normal((40, 5))
    >>> frame = pd.DataFrame({"i": np.repeat(np.arange(40), 5), "t": np.tile(np.arange(5), 40), "y": y.ravel(),
    ...                       "x": x.ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> hausman(panel["y"], panel["x"]).pvalue < 1e-6
    True
    """
    rows = rows_of(y, x)
    if effects == "twoway" and (cov != "unadjusted" or convention == "gretl"):
        raise UsageError("hausman --effects twoway: the contrast of unadjusted covariances only, not --cov "
                         f"{cov} --convention {convention}; with period dummies among x, --effects entity takes any")
    if cov != "unadjusted":
        return auxiliary_test("hausman", rows, re_method, {"cov": cov, "hc": hc, "cluster": cluster, "kernel": kernel,
                                                           "bandwidth": bandwidth, "convention": convention})
    if convention == "gretl":
        return _by_residuals(rows, re_method)
    return _by_contrast(rows, effects, re_method, convention)


def _by_contrast(rows: Rows, kind: str, method: str, convention: str) -> TestResult:
    both = contrast("hausman", rows, kind, method, convention)
    variance, warnings = both.variance(common=convention != "plm"), []
    if not definite(variance):
        if convention != "plm":
            raise InfeasibleError("hausman: V_FE - V_RE is singular: random effects are the same as fixed effects "
                                  "here (theta near 1), and nothing is left to compare; see mundlak")
        warnings.append("V_FE - V_RE is not positive definite where each has its own residual variance, as plm takes "
                        "it: chi2 has no chi-squared distribution")
    q = both.difference
    scale = np.sqrt(np.abs(np.diagonal(variance)))
    statistic = float(q / scale @ np.linalg.solve(variance / np.outer(scale, scale), q / scale))
    if statistic < 0:                                      # plm alone: it prints the absolute value
        warnings.append(f"chi2 is negative ({statistic:.6g}); its absolute value stands here, as in plm")
        statistic = -statistic
    fixed, gls = both.within, both.random
    table = [{"name": n, "fe": float(fixed.beta[fixed.names.index(n)]), "re": float(gls.beta[gls.names.index(n)]),
              "difference": float(d), "se": float(s)} for n, d, s in zip(both.names, q, scale, strict=True)]
    return _result(rows, statistic, len(both.names), gls.components, {"form": "contrast", "coefficients": table},
                   tuple(warnings))


def _by_residuals(rows: Rows, method: str) -> TestResult:
    restricted, augmented, means = auxiliary("hausman", rows, method, "gretl")
    statistic = rows.n * (restricted.rss - augmented.rss) / augmented.rss
    table = [{"name": n, "value": float(b)} for n, b in zip(augmented.names, augmented.beta, strict=True)]
    return _result(rows, statistic, int(means.sum()), restricted.components,
                   {"form": "auxiliary", "coefficients": table}, ())


def _result(rows: Rows, statistic: float, df: int, components: Mapping[str, Any], details: Mapping[str, Any],
            warnings: tuple[str, ...]) -> TestResult:
    theta = np.asarray(components["parts"].theta)
    if not np.max(components["parts"].raw) > 0:
        warnings = (*warnings, "the variance of the effects is estimated as zero: random effects are pooled least "
                               "squares")
    return TestResult(statistics=(Statistic(name="chi2", value=statistic, pvalue=chi2(statistic, df), df=df),),
                      nobs=rows.n, n_entities=rows.n_entities, warnings=warnings,
                      details={**details, "theta": {"min": float(theta.min()), "max": float(theta.max())}})
