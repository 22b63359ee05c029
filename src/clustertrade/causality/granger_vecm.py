"""Granger causality in an error-correction model: in the short run, in the long run, or in either."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import stdtr

from clustertrade.batch.ols import Collinear
from clustertrade.batch.reducedrank import error_correction, reduced_rank, relations
from clustertrade.causality.augmented import system_criterion
from clustertrade.causality.corrected import NAMES, bootstrapped
from clustertrade.causality.equation import Equation, estimated
from clustertrade.distributions import doornik
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import panel_vecm
from clustertrade.regression.gmm_estimate import normal_param
from clustertrade.results import Statistic, TestResult

CASE_OF_TREND = {"n": 1, "c": 3, "ct": 5}
CHECKED = (
    "12 systems of urca cajorls (Wald statistics, t and p: 1e-6), equations given statsmodels' relations. Size at"
    " 5 %, two series with one relation, K=1: joint 0.29, short 0.11, long 0.31 at T=22; 0.13, 0.06, 0.14 at "
    "T=50; bootstrapped 0.07, 0.04, 0.06; 0.04, 0.04, 0.05. Power of long where y closes 0.3 of the gap: 0.71, "
    "0.96; bootstrapped 0.17, 0.70. Panels: linearmodels (ols) and two-stage least squares written out (gmm). "
    "Size of joint, short, long by gmm at (N, T) = (10, 22): 0.07, 0.04, 0.06; (10, 50): 0.05, 0.06, 0.06; (25, "
    "22): 0.04, 0.04, 0.06; (25, 50): 0.07, 0.06, 0.08; long on walks without a relation 0.11, 0.05, 0.08, 0.04; "
    "with a factor common to all entities 0.29, 0.29, 0.46, 0.47, with --demean 0.08, 0.08, 0.05, 0.10. With "
    "trend ct 0.13 at (10, 22), 0.15 at (25, 22), 0.07 at (25, 50). Power of long where y closes 0.1 of the gap: "
    "0.43, 0.87, 0.58, 1.00. Size of long by ols 0.59, 0.26, 0.85, 0.44.")
TERMS = {1: "n", 2: "c", 3: "c", 4: "ct", 5: "ct"}         # of the system in levels


def _case(options: Mapping[str, Any]) -> int:
    return int(options["case"]) if options["case"] is not None else CASE_OF_TREND[options["trend"]]


def _needs(options: Mapping[str, Any]) -> Needs:
    if options["entity"] is not None:
        return Needs(n=3, t=panel_vecm.fewest(options), within=True, x_max=11)
    p, case = 1 + len(options["x"]), _case(options)
    lags = options["lags"] if isinstance(options["lags"], int) else max(options["max_lags"] or 1, 1)
    outside = p * lags + (case >= 3) + (case == 5)
    periods = lags + 1 + 2 * p + (case in (2, 4)) + outside
    if isinstance(options["lags"], str):                   # the systems in levels, one lag more
        periods = max(periods, 2 * (lags + 1) + 1 + (p - 1) * (lags + 2) + (case >= 2) + (case >= 4))
    return Needs(t=periods, within=True, x_max=11)


@procedure(
    "granger-vecm",
    family="causality",
    title="Granger causality in an error-correction model",
    null="x does not help to predict y in the short run, the long run, or either",
    alternative="x helps to predict y",
    reference="granger1988",
    scope="both",
    needs=_needs,
    choices={"lags": ("aic", "bic", "hqic"), "method": panel_vecm.METHODS, "variant": panel_vecm.VARIANTS},
    checked=CHECKED,
)
def granger_vecm(y: Panel, x: Panel, *, lags: int | str = 1, max_lags: int | None = None, rank: int = 1,
                 trend: str = "c", case: int | None = None, bootstrap: int = 0, seed: int = 20260101,
                 method: str = "fmols", pooling: str = "pooled", variant: str = "gmm",
                 demean: bool = False) -> TestResult:
    r"""Whether x helps to predict y where both are integrated and cointegrated.

    .. math:: \Delta y_t = \alpha'\hat\beta' z_{t-1} + \sum_{k=1}^{K}\gamma_k\Delta y_{t-k}
        + \sum_{j=1}^{m}\sum_{k=1}^{K}\delta_{jk}\Delta x_{j,t-k} + \mu(t) + u_t

    z = (y, x); its relations are those of Johansen's maximum likelihood, and the equation of y is estimated by least
    squares given them.  ``short``: all delta are zero.  ``long``: alpha is zero, so that y does not return to the
    relations.  ``joint``: both.  Each is a Wald test.

    A panel takes two steps: one relation of y on the x, and the changes of all variables on its error, with entity
    effects and coefficients common to all, by GMM in forward orthogonal deviations or within entities.

    Parameters
    ----------
    y : Panel of one variable
        The effect, in levels; one time series, or a panel.
    x : Panel of one to eleven further variables
        The causes, in levels.  With several, ``short`` and ``joint`` ask about all together; each is tested beside the
        others in ``details.causes``.
    lags : int, or aic, bic, hqic
        Lagged differences K; the system in levels has K + 1 lags.  A criterion of that system (panels: of the within
        regressions of the second step) chooses K, from 1 on, on the sample that ``max_lags`` leaves.
    max_lags : int, optional
        Largest number of lagged differences that a criterion may choose.
    rank : int
        Cointegrating relations, fewer than the series; a panel has one.
    trend : n, c or ct
        Cases 1, 3 and 5, unless ``case`` is given; of a panel, the terms of the relation in each entity.
    case : 1 to 5, optional
        Deterministic terms of one series, as in ``johansen``.
    bootstrap : int
        One series: replications under the null of each test (Cavaliere, Nielsen and Rahbek 2015), which keep the size
        that chi2 loses in short series; 0 for none.
    seed : int
        Seed of the bootstrap.
    method : fmols, dols or pmg
        Panels: the first step, with a Bartlett kernel and automatic bandwidth (fmols), one lead and lag (dols), K + 1
        lags (pmg).
    pooling : group, pooled or weighted
        Panels: one slope for all entities, or each its own (group), as in ``fmols``; pmg has one.
    variant : gmm or ols
        Panels: the second step.  ``gmm`` is two-stage least squares in forward orthogonal deviations with robust
        errors; lags 2 to 5 of the error and of all changes, collapsed, are the instruments.  ``ols`` is within
        entities, which draws the coefficient of the error below zero in short panels.
    demean : bool
        Panels: subtract the mean of all entities in each period first, which takes out what all share.

    Returns
    -------
    TestResult
        ``joint``, ``short``, ``long``: Wald statistics with p from chi2, or the bootstrap; residual variances divide by
        the periods less the coefficients.  Without lagged differences there is no ``short``.  Details: ``causes``, a
        row a cause; ``error_correction``: alpha with standard error, t and p of Student's t (panels: normal);
        ``beta``: the relations; ``rank``; ``criterion`` by lags; of one series ``trace_pvalues`` of Johansen's test by
        rank and ``unrestricted``, the equation of y, with ``bootstrap`` also ``pvalues_asymptotic`` and
        ``bootstrap_replications`` used; of panels ``granger``: the tests in every direction, a row an equation and
        excluded variable, with the relation normalised on y, and ``hansen``: J of the second step.

    Raises
    ------
    InfeasibleError
        Too few periods for the lags; collinear series; relations that cannot be normalised; a perfect fit.
    UsageError
        A rank of zero, or as large as the number of series; of a panel, rank 2, a case or a bootstrap.

    References
    ----------
    Cavaliere, G., Nielsen, H. B. and Rahbek, A. (2015). Bootstrap testing of hypotheses on co-integration relations in
    vector autoregressive models. Econometrica 83, 813-831.

    Notes
    -----
    Without cointegration ``long`` and ``joint`` do not have these distributions: a warning says where the trace test
    does not find it; then ``toda-yamamoto``, or ``granger`` in differences.  For panels ask ``pedroni`` or
    ``westerlund`` first; then ``emirmahmutoglu-kose``.  The first step's error is no part of the standard errors.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> walk = rng.standard_normal(200).cumsum()
    >>> y = np.r_[0, walk[:-1]] + rng.standard_normal(200)
    >>> panel = Panel.from_frame(pd.DataFrame({"y": y, "x": walk}))
    >>> granger_vecm(panel["y"], panel["x"])["long"].pvalue < 0.001
    True
    """
    if not y.is_series:
        if bootstrap:
            raise UsageError("granger-vecm --bootstrap is for one time series; of a panel the tests by gmm keep their "
                             "size")
        panel_vecm.refuse("granger-vecm", rank, case)
        return _panel(panel_vecm.corrected("granger-vecm", y, x, lags=lags, max_lags=max_lags, fewest_lags=1,
                                           trend=trend, method=method, pooling=pooling, variant=variant,
                                           demean=demean))
    number = _case({"trend": trend, "case": case})
    names = (*y.variables, *x.variables)
    p, m = len(names), x.n_variables
    if not 0 < rank < p:
        raise UsageError(f"granger-vecm --rank {rank}: between 1 and {p - 1}, fewer than the {p} series")
    valid = y.complete & x.complete
    levels = np.concatenate([y.values, x.values], -1)
    criterion: dict[str, float] = {}
    if isinstance(lags, str):
        table = system_criterion(levels, valid, max(int(max_lags or 1), 1) + 1, lags, TERMS[number])[0, 1:]
        criterion = {str(k + 1): float(v) for k, v in enumerate(table)}
        lags = int(np.argmin(table)) + 1
    change, level, inside, outside, labels = error_correction(levels[0, valid[0]], names, lags, number)
    nobs = len(change)
    fit = reduced_rank(change[None], np.hstack([level, inside])[None], outside[None], np.ones((1, nobs), dtype=bool))
    try:
        found = relations(fit, rank, nobs - rank - outside.shape[1])
    except Collinear:
        raise InfeasibleError(f"granger-vecm: the relations cannot be normalised on {', '.join(names[:rank])}, which "
                              "are not in them; take another rank or other x") from None
    beta = found.beta[0]
    errors = np.hstack([level, inside]) @ beta
    z = np.hstack([errors, outside])
    equation = estimated(change[:, 0], z, (*(f"ec{r + 1}" for r in range(rank)), *labels))
    if equation.ssr <= 1e-24 * (change[:, 0] ** 2).sum():
        raise InfeasibleError(f"granger-vecm: with {lags} lags the regression of d.{y.name} fits exactly; "
                              "an identity is no causality")
    tested, rows = _tests(equation, rank, p, m, lags, x.variables)
    gains = -nobs * np.log1p(-fit.eigenvalues[0])
    trace = [float(v) for v in np.cumsum(gains[::-1])[::-1]]
    pvalues = [doornik.pvalue(v, number, "trace", p - r) for r, v in enumerate(trace)]
    warnings = []
    if (weak := pvalues[rank - 1]) is not None and weak > 0.05:
        warnings.append(f"the trace test does not find {rank} cointegrating relations (p {weak:.3f} of at most "
                        f"{rank - 1}): long and joint need cointegration; toda-yamamoto does not")
    if (full := pvalues[-1]) is not None and full < 0.01:
        warnings.append(f"the trace test finds as many relations as series (p {full:.3f} of at most {p - 1}): the "
                        "levels look stationary, long and joint do not test causality; granger does")
    details: dict[str, Any] = {}
    pvalues_of = {name: tested[name].get("pvalue_chi2") for name in NAMES}
    if bootstrap:
        drawn = {k: v[np.isfinite(v)] for k, v in bootstrapped(levels[0, valid[0]], lags, rank, number, bootstrap,
                                                               seed).items()}
        if not all(len(v) for v in drawn.values()):
            raise InfeasibleError("granger-vecm --bootstrap: every replication overflowed; are the series explosive?")
        details = {"pvalues_asymptotic": dict(pvalues_of),
                   "bootstrap_replications": min(len(v) for v in drawn.values())}
        pvalues_of |= {k: float((1 + (v >= tested[k]["chi2"] * (1 - 1e-12)).sum()) / (1 + len(v)))
                       for k, v in drawn.items()}
    elif nobs < 100:
        warnings.append(f"{nobs} periods: long and joint reject true nulls too often (simulated at 5 %, two series, "
                        "one lag: 0.31 and 0.29 at T=22, 0.14 and 0.13 at T=50); bootstrapped they do not: "
                        "--bootstrap 999")
    if not lags:
        warnings.append("without lagged differences there is no short-run test")
    se = np.sqrt(np.diagonal(equation.covariance))[:rank]
    return TestResult(
        statistics=tuple(Statistic(name=name, value=tested[name].get("chi2"), pvalue=pvalues_of[name],
                                   df=tested[name].get("df1")) for name in NAMES),
        nobs=nobs, n_periods=y.n_periods, lags=lags, warnings=tuple(warnings),
        details={"causes": rows, "rank": rank, "case": number, **details,
                 "error_correction": [{"relation": r + 1, "value": a, "se": s, "stat": a / s,
                                       "pvalue": float(2 * stdtr(equation.df, -abs(a / s)))}
                                      for r, (a, s) in enumerate(zip(equation.beta[:rank], se, strict=True))],
                 "beta": [{"relation": r + 1, "variable": name, "value": beta[i, r],
                           "se": found.beta_se[0, i, r] if i >= rank else None}
                          for r in range(rank)
                          for i, name in enumerate((*names, *({2: ("const",), 4: ("trend",)}.get(number, ()))))],
                 "trace_pvalues": {f"r<={r}": v for r, v in enumerate(pvalues)},
                 "unrestricted": equation.told(), "criterion": criterion},
    )


def _panel(model: panel_vecm.Corrected) -> TestResult:
    """The tests in the equation of y, and in all others beside."""
    others = list(range(1, len(model.names)))
    short = model.short(others)
    tested = {"joint": model.tested(0, [0, *short]), "short": model.tested(0, short), "long": model.tested(0, [0])}
    speed = normal_param("ec1", float(model.beta[0, 0]), float(model.variance[0, 0]), 0.05)
    rows = [{"cause": model.names[i], **model.tested(0, model.short([i]))} for i in others] if model.lags else []
    return TestResult(
        statistics=tuple(Statistic(name=name, value=tested[name]["statistic"], pvalue=tested[name]["pvalue"],
                                   df=tested[name]["df"]) for name in NAMES),
        nobs=model.nobs, n_entities=len(model.data.rows), lags=model.lags, warnings=tuple(model.cautions()),
        details={"causes": [{"cause": r["cause"], "chi2": r["statistic"], "df1": r["df"], "pvalue_chi2": r["pvalue"]}
                            for r in rows],
                 "rank": 1, "error_correction": [{"relation": 1, "value": speed.value, "se": speed.se,
                                                  "stat": speed.stat, "pvalue": speed.pvalue}],
                 "beta": model.relation(), "granger": model.granger(), "hansen": model.hansen,
                 "criterion": model.criterion})


def _tests(equation: Equation, rank: int, p: int, m: int, lags: int,
           causes: tuple[str, ...]) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """The three tests, and the short-run test of each cause; lagged differences begin after the relations."""
    eye = np.eye(len(equation.beta))
    long = eye[:rank]
    at = np.arange(p * lags).reshape(lags, p)                              # all series at lag 1, then at lag 2, ...
    short = eye[rank + at[:, 1:].ravel()]
    rows = [{"cause": c, **equation.tested(eye[rank + at[:, j + 1]])} for j, c in enumerate(causes)] if lags else []
    return {"joint": equation.tested(np.vstack([long, short])), "short": equation.tested(short) if lags else {},
            "long": equation.tested(long)}, rows
