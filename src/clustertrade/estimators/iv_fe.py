"""Instrumental variables with fixed effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clustertrade.errors import UsageError, first_of
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression.estimate import estimate_of
from clustertrade.regression.instruments import k_class, liml_kappa, overidentification, system, two_step
from clustertrade.regression.rows import weighted_rows
from clustertrade.regression.sandwich import covariance
from clustertrade.regression.weak import anderson_rubin, endogeneity, first_stages, identification
from clustertrade.results import Estimate


@procedure(
    "iv-fe",
    family="estimators",
    title="Fixed effects instrumental variables estimator",
    reference="baltagi2021",
    needs=lambda options: Needs(n=2, t=2, gaps=True, longest=True),
    choices={"cov": ("unadjusted", "robust", "clustered", "driscoll-kraay", "newey-west"),
             "method": ("2sls", "liml", "gmm")},
    conventions={"plm": {}},
    checked="linearmodels on data without their effects: 2SLS, LIML, GMM, their covariances, Sargan and J (1e-7 and "
            "better); plm, 2SLS within with period dummies (1e-6). The rk F is the F of the first stage, the ends of "
            "the Anderson-Rubin interval have p = level in the reduced form. Rejections at 5 % of a true slope, "
            "instruments and errors AR(0.5), clustered, N=25, T=22, 150 samples: 2SLS 0.03, LIML 0.03, GMM 0.04, "
            "Anderson-Rubin 0.04; with instruments of next to no strength 0.29, 0.20, 0.31 and 0.04; Hansen's J of "
            "valid instruments 0.07 and 0.05. With two or more endogenous x the rk statistics have no independent "
            "reference.",
)
def iv_fe(y: Panel, x: Panel | None = None, *, endog: Panel, instrument: Panel,
          effects: str = "entity", method: str = "2sls", cov: str = "unadjusted", hc: int = 1, cluster: str = "entity",
          kernel: str = "bartlett", bandwidth: int | str = "auto", level: float = 0.05,
          weights: Panel | None = None, convention: str = "paper") -> Estimate:
    r"""Two-stage least squares, LIML or two-step GMM with effects of entities, of periods, or of both.

    .. math:: y_{it} = x_{it}'\beta + \mu_i + \lambda_t + \epsilon_{it}, \qquad E(z_{it}\epsilon_{it}) = 0, \qquad
        \hat\beta_{2SLS} = (X'P_Z X)^{-1} X'P_Z y

    The effects are projected out of y, x and the instruments, exactly in unbalanced panels too.

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed.
    x : Panel of regressors, optional
        Those that are exogenous; endogenous ones may stand here too.
    endog : Panel of regressors
        Those of the regressors that are endogenous.
    instrument : Panel of variables
        Excluded instruments, at least as many as endogenous regressors.
    effects : entity, time or twoway
        Which effects.
    method : 2sls, liml or gmm
        gmm: efficient two-step GMM, its weights by ``cov``, which must not be unadjusted.
    cov : unadjusted, robust, clustered, driscoll-kraay or newey-west
        Covariance of the estimates and of the tests.  p from the normal distribution, with clusters from t(G - 1),
        Driscoll-Kraay t(T - 1).
    hc : 0 or 1
        Variant of ``robust``.
    cluster : entity, time or both
        Clusters of ``clustered``, as of ``fe``.
    kernel : bartlett, parzen or qs
        Of ``driscoll-kraay`` and ``newey-west``.
    bandwidth : int or auto
        Largest lag of the kernel, as of ``fe``.
    level : float
        1 - level is the coverage of the intervals.
    weights : Panel of one variable, optional
        Weights of the rows, up to scale, as of ``fe``.
    convention : paper or plm
        plm: as of ``fe``.

    Returns
    -------
    Estimate
        ``const`` and a coefficient a regressor.  Details: ``first_stage``, a row an endogenous x: ``F`` of the excluded
        instruments by ``cov``, ``partial_r2``, coefficients; ``identification``: ``kp_rk_lm`` and ``kp_rk_f``
        (Kleibergen and Paap 2006; with unadjusted errors ``canonical_lm``), ``cragg_donald_f``, and with one endogenous
        x ``effective_f`` of Montiel Olea and Pflueger (2013) by ``cov``, with what it must exceed for a bias of 2SLS
        of at most 5, 10, 20 and 30 % of the worst case; ``overidentification`` (Sargan, or Hansen's J);
        ``endogeneity``, the test by residuals of the first stage; ``anderson_rubin``: F that all endogenous x have no
        coefficients and, with one, the ``interval`` (pieces; an end of null is infinite), which holds however weak the
        instruments are; ``kappa`` of LIML; ``inference``.

    Raises
    ------
    InfeasibleError
        Fewer instruments than endogenous x, columns that the effects absorb or that are collinear, named.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> z, u = rng.standard_normal((2, 200))
    >>> frame = pd.DataFrame({"i": np.repeat(range(20), 10), "t": np.tile(range(10), 20), "z": z,
    ...                       "x": z + u + rng.standard_normal(200)})
    >>> frame["y"] = frame["x"] + 2 * u
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> abs(iv_fe(panel["y"], endog=panel["x"], instrument=panel["z"])["x"].value - 1) < 0.3
    True
    """
    options: dict[str, Any] = {"cov": cov, "hc": hc, "cluster": cluster, "kernel": kernel, "bandwidth": bandwidth,
                               "bootstrap": 0, "seed": 0, "level": level, "convention": convention}
    regressors = tuple(dict.fromkeys([*(x.variables if x is not None else ()), *endog.variables]))
    _refuse(y, regressors, instrument, options, method)
    data = endog.join(instrument)
    if x is not None and (fresh := [v for v in x.variables if v not in endog.variables]):
        data = data.join(x[fresh])
    rows = weighted_rows("iv-fe", y, data, weights)
    s = system("iv-fe", rows, regressors, endog.variables, instrument.variables, effects)
    details: dict[str, Any] = {}
    matrix = None
    if method == "gmm":
        fit, matrix, _ = two_step(s, options)
    else:
        details["kappa"] = liml_kappa(s) if method == "liml" else 1.0
        fit = k_class(s, details["kappa"])
    inference = covariance(fit, options)
    options["bandwidth"] = inference.facts.get("bandwidth", bandwidth)
    if matrix is not None:
        inference = replace(inference, matrix=matrix)
    stages, fits, factor = first_stages(s, options)
    details |= {"first_stage": stages, "identification": identification(s, fits, factor, options),
                "overidentification": overidentification(s, fit, options),
                "endogeneity": endogeneity(s, fits, options),
                "anderson_rubin": anderson_rubin(s, options, inference.df, factor)}
    root = s.rows.root
    total = float(((s.y - root * s.rows.mean((s.y / root)[:, None])) ** 2).sum())
    r2 = 1 - fit.rss / total                               # below zero where the line fits worse than the mean
    return estimate_of(fit, options, details=details, likelihood=False, inference=inference,
                       warnings=_weak(stages), extra_fit={"r2": r2, "r2_within": r2,
                                                          "adj_r2": 1 - (1 - r2) * (fit.n - 1) / fit.df})


def _refuse(y: Panel, regressors: tuple[str, ...], instrument: Panel, options: Mapping[str, Any], method: str) -> None:
    if twice := [n for n in instrument.variables if n in regressors or n == y.name]:
        raise UsageError(f"iv-fe --instrument {first_of(twice)}: an instrument is neither y nor a regressor; exogenous "
                         "x are instruments by themselves")
    if y.name in regressors:
        raise UsageError(f"iv-fe: {y.name} is both y and --endog")
    if options["hc"] > 1:
        raise UsageError(f"iv-fe --hc {options['hc']}: 0 or 1; the leverage that HC2 to HC4 correct for is that of "
                         "least squares")
    if method == "gmm" and options["cov"] == "unadjusted":
        raise UsageError("iv-fe --method gmm: weights need a --cov of robust, clustered, driscoll-kraay or newey-west; "
                         "with unadjusted errors it is 2sls")


def _weak(stages: list[dict[str, Any]]) -> tuple[str, ...]:
    weak = [f"{row['name']} (F = {row['F']:.2f})" for row in stages if row["F"] is not None and row["F"] < 10]
    return (f"weak instruments: {', '.join(weak)} in the first stage; the Anderson-Rubin test and interval of "
            "details.anderson_rubin hold all the same",) if weak else ()
