"""Panel vector autoregression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from clustertrade.batch import panel_var as algebra
from clustertrade.batch.bootstrap import batches
from clustertrade.batch.ols import Array
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression.gmm_estimate import normal_param, wald
from clustertrade.regression.var_system import criteria, hansen, instrument_lags, observed, system
from clustertrade.results import Estimate

CRITERIA = {"gmm": {"bic": "MBIC", "aic": "MAIC", "hqic": "MQIC"}, "ols": {"bic": "BIC", "aic": "AIC", "hqic": "HQIC"}}


def _needs(options: Mapping[str, Any]) -> Needs:
    order = options["order"]
    largest = order if isinstance(order, int) else options["max_lags"] or 1
    return Needs(n=3, t=largest + 3, gaps=True, longest=True)


@procedure(
    "panel-var",
    family="estimators",
    title="Panel vector autoregression",
    reference="abrigo_love2016",
    needs=_needs,
    choices={"variant": ("gmm", "ols", "bias-corrected"), "cov": ("robust", "clustered")},
    checked="one-step GMM by gmm-diff in deviations and, with clustered errors, the example of panelvar (Sigmund and "
            "Ferstl 2021; 1e-6), two steps written out, least squares by fe, responses and "
            "decomposition by statsmodels. Rejections at 5 % of a true null of no causality (300 samples): gmm "
            "0.043 at 25 x 22, 0.045 at 20 x 50, 0.063 at 31 x 10; bias-corrected 0.020, 0.030, 0.047; ols 0.050, "
            "0.065, 0.147. Power at a coefficient of 0.2: gmm 0.91, 0.99, 0.51; bias-corrected 0.99, 1.00, 0.72. "
            "Coverage of 95 % bands of a response (60 samples of 100 replications): gmm 0.90 to 0.95; bias-corrected "
            "0.95 to 0.98, at 31 x 10 0.77 to 0.80.",
)
def panel_var(y: Panel, x: Panel, *, order: int | str = 1, max_lags: int | None = None, variant: str = "gmm",
              gmm_lags: str | None = None, collapse: bool = True, steps: int = 2, cov: str = "robust",
              demean: bool = False, horizon: int = 10, bootstrap: int = 0, seed: int = 20260101,
              level: float = 0.05) -> Estimate:
    r"""Variables of a panel regressed on lags of all of them, with entity effects; responses to shocks.

    .. math:: Y_{it} = \sum_{k=1}^p A_k Y_{i,t-k} + u_i + e_{it}, \qquad e_{it} \sim (0, \Omega)

    By GMM after forward orthogonal deviations, lagged levels as instruments of all equations (Abrigo and Love 2016;
    Holtz-Eakin, Newey and Rosen 1988), or by least squares within entities, biased in short panels, with that bias
    taken off if asked for.  Variables must be stationary; the order of y and x is that of the Cholesky factor.

    Parameters
    ----------
    y : Panel of one variable
        The first variable.  Unbalanced data and gaps are allowed.
    x : Panel
        The other variables, in their order.
    order : int, aic, bic or hqic
        Lags p, or the criterion of Andrews and Lu (2001) that chooses them: MAIC, MBIC, MQIC of Hansen's J.
    max_lags : int, optional
        Largest order that is compared.  A criterion takes floor(4 (T/100)^(2/9)) if this is not given; with a fixed
        order the table of ``details.order`` goes to 3.
    variant : gmm, ols or bias-corrected
        The estimator; the last takes off the bias of Hahn and Kuersteiner (2002) in its form for finite T.
    gmm_lags : text, optional
        Lags A:B that are instruments, counted from the period after that of a deviation, so from 2; by default one more
        than the largest order that is compared, at least 2:5.
    collapse : bool
        One instrument a lag and variable, or one for each period too.
    steps : 1 or 2
        Of GMM: two-stage least squares with robust errors, or efficient GMM.
    cov : robust or clustered
        Of GMM: whether rows or whole entities are independent, in the errors of the first step and in the weights of
        the second; rows are, where errors have no autocorrelation, and entities must be many more than the moments.
    demean : bool
        Subtract the means of each period first.
    horizon : int
        Periods after the shock.
    bootstrap : int
        Replications of the bands, drawing entities with replacement; 0 for none.
    seed : int
        Seed of the draws.
    level : float
        1 - level is the coverage of intervals and bands.

    Returns
    -------
    Estimate
        Coefficients named ``equation:L1.variable``.  ``fit``: ``n_instruments`` an equation, ``n_groups``.  Details:
        ``variables``; ``p``; ``order`` (a row an order: J, criteria, ``cd``, the overall coefficient of determination);
        ``hansen``; ``stability`` (``moduli``, ``stable``); ``granger`` (a row an equation and excluded variable, or all
        of them: Wald chi2); ``irf`` (a row an impulse, response and horizon: ``orthogonalised`` and ``generalised``
        responses to one standard deviation, with ``low`` and ``high`` of each); ``fevd`` (a row a response, impulse and
        steps ahead: ``share`` of the orthogonalised shock); ``omega``; ``replications``.

    Raises
    ------
    InfeasibleError
        Fewer instruments than coefficients, too few rows.
    UsageError
        Clustered errors without gmm.

    References
    ----------
    Hahn and Kuersteiner (2002), Econometrica 70, doi:10.1111/1468-0262.00344; Pesaran and Shin (1998), Economics
    Letters 58, doi:10.1016/S0165-1765(97)00214-0; Sigmund and Ferstl (2021), Quarterly Review of Economics and Finance
    80, doi:10.1016/j.qref.2019.01.001.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> z = rng.standard_normal((2, 40, 12))
    >>> for t in range(1, 12):
    ...     z[0, :, t] += 0.5 * z[0, :, t - 1] + 0.4 * z[1, :, t - 1]
    >>> frame = pd.DataFrame({"i": np.repeat(range(40), 12), "t": np.tile(range(12), 40), "y": z[0].ravel(),
    ...                       "x": z[1].ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> estimate = panel_var(panel["y"], panel["x"])
    >>> [round(row["pvalue"], 3) < 0.01 for row in estimate.details["granger"] if row["excluded"] != "all"]
    [True, False]
    """
    panel = y.join(x).demean() if demean else y.join(x)
    names, values = panel.variables, panel.values
    longest = int(panel.complete.sum(1).max())
    largest = max_lags or min(max(3, order if isinstance(order, int) else 1), longest - 3)
    largest = max(largest, order) if isinstance(order, int) else largest
    lags = instrument_lags(gmm_lags, largest)
    by_gmm = variant == "gmm"
    table = criteria(values, largest, by_gmm, lags, collapse, cov == "clustered")
    p = order if isinstance(order, int) else _chosen(table, CRITERIA["gmm" if by_gmm else "ols"][order])
    data, used = system(values, p, by_gmm, lags, collapse)
    n, m, k = int(used.sum()), len(names), p * len(names)
    if not by_gmm and cov == "clustered":
        raise UsageError(f"panel-var --variant {variant} has homoskedastic errors; --cov clustered goes with gmm")
    if by_gmm and data.z.shape[2] < k:
        raise InfeasibleError(f"panel-var: {data.z.shape[2]} instruments for {k} coefficients an equation; allow more "
                              "lags (--gmm-lags) or a lower --order")
    if data.n - (n if data.lost else 0) <= k + m:
        raise InfeasibleError(f"panel-var: {data.n} rows of {n} entities leave too few degrees of freedom for {k} "
                              "coefficients an equation; a lower --order needs fewer")
    fitted = partial(_fit, data, variant=variant, steps=steps, clustered=cov == "clustered")
    one = fitted(np.ones((1, n)))
    assert one.variance is not None
    beta, variance = one.beta[0], one.variance[0]
    lagged = [f"L{lag}.{v}" for lag in range(1, p + 1) for v in names]
    parameters = tuple(normal_param(f"{e}:{v}", float(beta[i, j]), float(variance[j * k + i, j * k + i]), level)
                       for j, e in enumerate(names) for i, v in enumerate(lagged))
    moduli = algebra.moduli(one.beta)[0]
    said = []
    if moduli[0] >= 1:
        said.append(f"the system is not stable: the largest modulus is {moduli[0]:.3f}; responses to shocks do not die "
                    "out")
    draws = _resampled(fitted, data, n, horizon, bootstrap, seed)
    details: dict[str, Any] = {"variables": list(names), "p": p, "order": table, "hansen": hansen(data, one),
                               "stability": {"moduli": moduli, "stable": bool(moduli[0] < 1)},
                               "granger": _granger(beta, variance, names, p), "omega": one.omega[0],
                               **_responses(one, draws, names, horizon, level), "replications": bootstrap}
    if by_gmm:
        details["gmm_lags"] = "{}:{}".format(*lags)
    fit = {"n_instruments": data.z.shape[2] if by_gmm else None, "n_groups": n}
    return Estimate(coefficients=parameters, fit=fit, cov_type=cov if by_gmm else "unadjusted", nobs=data.n,
                    n_entities=n, n_periods=int(data.rows.any(0).sum()), covariance=variance,
                    observations=observed(panel, used, data, beta), details=details, warnings=tuple(said))


def _chosen(table: list[dict[str, Any]], criterion: str) -> int:
    return int(min(table, key=lambda row: row[criterion])["order"])


def _fit(data: algebra.System, counts: Array, variant: str, steps: int, clustered: bool) -> algebra.Fitted:
    if variant == "gmm":
        return algebra.gmm(data, counts, steps, clustered)
    return algebra.least_squares(data, counts, correct=variant == "bias-corrected")


def _resampled(fit: Callable[[Array], algebra.Fitted], data: algebra.System, n: int, horizon: int, replications: int,
               seed: int) -> dict[str, Array]:
    """Responses (B, H + 1, m, m) of resamples of the entities."""
    rng = np.random.default_rng(seed)
    found: list[Mapping[str, Array]] = []
    cells = data.y.size * (1 + data.z.shape[2]) + horizon * data.x.shape[2] ** 2
    for size in batches(replications, cells):
        counts = rng.multinomial(n, np.full(n, 1 / n), size).astype(float)
        again = fit(counts)
        found.append(algebra.responses(again.beta, again.omega, horizon))
    return {k: np.concatenate([f[k] for f in found]) for k in found[0]} if found else {}


def _responses(one: algebra.Fitted, draws: Mapping[str, Array], names: tuple[str, ...], horizon: int,
               level: float) -> dict[str, Any]:
    centre = algebra.responses(one.beta, one.omega, horizon)
    bands = {k: np.quantile(v, [level / 2, 1 - level / 2], axis=0) for k, v in draws.items()}
    irf, fevd = [], []
    for i, impulse in enumerate(names):
        for j, response in enumerate(names):
            for h in range(horizon + 1):
                row: dict[str, Any] = {"impulse": impulse, "response": response, "horizon": h}
                for kind in ("orthogonalised", "generalised"):
                    row[kind] = float(centre[kind][0, h, j, i])
                    for side, end in enumerate(("low", "high")):
                        row[f"{kind}_{end}"] = float(bands[kind][side, h, j, i]) if bands else None
                irf.append(row)
                share = {"response": response, "impulse": impulse, "horizon": h + 1,
                         "share": float(centre["fevd"][0, h, j, i])}
                for side, end in enumerate(("low", "high")):
                    share[end] = float(bands["fevd"][side, h, j, i]) if bands else None
                fevd.append(share)
    return {"irf": irf, "fevd": fevd}


def _granger(beta: Array, variance: Array, names: tuple[str, ...], p: int) -> list[dict[str, Any]]:
    m, k = len(names), p * len(names)
    found = []
    for j, equation in enumerate(names):
        others = [i for i in range(m) if i != j]
        for label, causes in [*((names[i], [i]) for i in others), *([("all", others)] if len(others) > 1 else [])]:
            at = [lag * m + i for lag in range(p) for i in causes]
            place = [j * k + a for a in at]
            test = wald(beta[at, j], variance[np.ix_(place, place)]) or {"statistic": None, "df": len(at),
                                                                         "pvalue": None}
            found.append({"equation": equation, "excluded": label, **test})
    return found
