"""PANIC: unit roots in common factors and in what is left of each entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, chdtri, log_ndtr, ndtr, ndtri

from clustertrade.batch.adf import AdfRegressions, adf_regressions
from clustertrade.batch.commontrends import autoregressive_order, mq_c, mq_f, strongest_directions
from clustertrade.batch.factors import most_factors, number_of_factors, principal_components
from clustertrade.batch.ols import Array, Collinear
from clustertrade.batch.trend import TERMS
from clustertrade.distributions import dickey_fuller, dickey_fuller_selected, quantiles
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult
from clustertrade.unitroot.resampling import LEVELS, bootstrapped, over_replications, walk_panels
from clustertrade.unitroot.unit_statistics import lag_warning, largest_order, reported_lags

LEVEL = 0.05                                               # of the steps that count common trends
MOST = 8                                                   # common trends and lags of the simulated laws


def _needs(options: Mapping[str, Any]) -> Needs:
    k = options["factors"] if isinstance(options["factors"], int) else 1
    lags, trend = largest_order(options), TERMS[options["trend"]]
    # one degree of freedom in the regressions of the cumulated residuals; room for k trends and their lag
    return Needs(n=max(k + 1, 3), t=max(2 * lags + 3 + trend, 2 * k + trend + 3), balanced=True, within=True)


@procedure(
    "panic",
    family="unitroot",
    title="PANIC tests of Bai and Ng",
    null="the idiosyncratic parts of all entities, and the common factors, have unit roots",
    alternative="some idiosyncratic parts, or some common factors, are stationary",
    reference="bai_ng2004",
    needs=_needs,
    choices={"trend": ("c", "ct")},
    checked="no independent reference: against loops written from the formulas. Size at 5 %, one factor, lags by aic, "
            "c / ct: Pm 0.06 / 0.08, MQc 0.03 / 0.03, MQf 0.02 / 0.01 at N=25, T=22; Pm 0.05 / 0.03, MQc 0.08 / 0.06, "
            "MQf 0.06 / 0.03 at N=20, T=50; without factor Pm 0.06 / 0.07. Power against roots of 0.9: Pm 0.52 / 0.14 "
            "and 0.98 / 0.50, MQc 0.08 / 0.04 and 0.21 / 0.14.",
)
def panic(y: Panel, *, trend: str = "c", factors: int | str = "bic3", lags: int | str = "aic",
          max_lags: int | None = None, bandwidth: int | str = "auto", bootstrap: int = 0,
          seed: int = 20260101) -> TestResult:
    r"""Unit roots of common factors and of idiosyncratic parts, tested apart, whichever of them is stationary.

    .. math:: y_{it} = c_i + \beta_i t + \lambda_i'F_t + e_{it},\qquad
        P_m = \frac{-2\sum_i\ln p_i - 2N}{\sqrt{4N}}\to N(0,1),\qquad MQ(m) = T(\hat\nu_m - 1)

    Principal components of the differences (with trend: less their means) give :math:`\Delta\hat F_t` and
    :math:`\Delta\hat e_{it}`, which are added up.  p_i is that of a Dickey-Fuller regression of :math:`\hat e_i`
    without deterministic terms; with a trend its law is that of cumulated deviations from a mean, in the limit
    :math:`-\tfrac12(\int V^2)^{-1/2}` with V a Brownian bridge.  :math:`\hat\nu_m` is the smallest eigenvalue of the
    first-order autocorrelation of the m strongest directions of the factors, less their means or trends; MQc corrects
    it for serial correlation by a kernel, MQf by filtering.

    Parameters
    ----------
    y : Panel of one variable
        All entities over the same periods.
    trend : c or ct
        Deterministic terms of each entity.
    factors : int or ic1, ic2, ic3, bic3
        Number of common factors, or the criterion of Bai and Ng (2002) that chooses it from 0 to the square root of
        the shorter dimension (at most 8); in short panels bic3 errs least.
    lags : int, or aic, bic, hqic, t
        Lagged differences of the regressions and, the same number or criterion (t: as aic), of the filter of MQf.
    max_lags : int, optional
        Largest order that a criterion may choose; by default floor(4 (T/100)^(2/9)).
    bandwidth : int or auto
        Lags J of the Bartlett kernel of MQc; auto is the paper's 4 ceil((min(N, T)/100)^(1/4)).
    bootstrap : int
        Replications; 0 for none.  Then p and critical values are those of panels of random walks whose steps are drawn
        by whole cross-sections, period by period, with the number of factors of the data.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    TestResult
        ``Pm`` (N(0,1)) and ``P`` (chi-squared with 2N) on the idiosyncratic parts, large values reject.  ``MQc`` and
        ``MQf`` on all common factors, null: as many common trends as factors; small values reject; p and critical
        values from simulated quantiles for m and T.  Without factors they are null.  Details: ``factors``;
        ``common_trends``, a row each m from the number of factors down to 1: ``m``, ``MQc``, ``pvalue_c``, ``MQf``,
        ``pvalue_f``, ``lags_f``; ``trends_mqc``, ``trends_mqf``: the first m not rejected at 5 %, 0 where all are;
        ``factor_adf`` (where there is one factor): ``t``, ``pvalue``, ``lags``; ``explained`` share of the variance
        of the differences; ``entities``: ``entity``, ``lags``, ``nobs``, ``coef``, ``t``, ``pvalue``.

    Raises
    ------
    UsageError
        More than eight factors.
    InfeasibleError
        Unbalanced data; more factors than the panel holds; too few periods; an entity that the factors explain.

    Notes
    -----
    The critical values of the paper's table I are those of large T; the simulated ones here depend on T.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> noise, factor = rng.standard_normal((10, 40)), rng.standard_normal(40).cumsum()
    >>> frame = pd.DataFrame({"i": np.repeat(range(10), 40), "t": list(range(40)) * 10,
    ...                       "noise": (noise + factor).ravel(), "walk": (noise.cumsum(1) + factor).ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> panic(panel["noise"]).pvalue < 0.01, panic(panel["walk"]).pvalue > 0.1
    (True, True)
    """
    series, n = y.series, y.n_entities
    if isinstance(factors, int) and factors > MOST:
        raise UsageError(f"panic --factors {factors}: at most {MOST}, for which MQ has a law")
    number = factors if isinstance(factors, int) else _number(series, trend, factors)
    rule = _Rule(trend, number, lags, int(max_lags or 0), _bandwidth(bandwidth, n, y.n_periods))
    parts = rule.parts(series[None])
    fit, score = rule.idiosyncratic(parts.resid)
    p = float(-2 * log_ndtr(score).sum())
    pm = float((p - 2 * n) / np.sqrt(4 * n))
    try:
        rows = rule.common_trends(parts.factors)
    except np.linalg.LinAlgError:
        raise InfeasibleError(f"panic: lags of the {number} factors are collinear in {y.n_periods} periods; take fewer "
                              "--factors or lags") from None
    statistics: tuple[Statistic, ...] = (
        Statistic(name="Pm", value=pm, pvalue=float(ndtr(-pm)),
                  critical={f"{a:g}": float(-ndtri(a)) for a in LEVELS}),
        Statistic(name="P", value=p, pvalue=float(chdtrc(2 * n, p)), df=float(2 * n),
                  critical={f"{a:g}": float(chdtri(2 * n, a)) for a in LEVELS}))
    if rows:
        critical = quantiles.critical("panic_mq", rule.case(number), y.n_periods - 1)
        statistics += tuple(Statistic(name=f"MQ{kind}", value=rows[0][f"MQ{kind}"], pvalue=rows[0][f"pvalue_{kind}"],
                                      critical=critical) for kind in "cf")
    details: dict[str, Any] = {}
    if bootstrap:
        drawn = over_replications(walk_panels(series, y.complete, trend, bootstrap, seed, scheme="iid"), rule.again)
        statistics, details = bootstrapped("panic", statistics, drawn[:, : len(statistics)],
                                           ("right", "right", "left", "left")[: len(statistics)])
    warnings = list(lag_warning(fit, lags, max_lags))
    if not rows:
        statistics += tuple(Statistic(name=name, value=None) for name in ("MQc", "MQf"))
        warnings.append("no common factor: MQc and MQf, which test the factors, are not computed")
    else:
        warnings += quantiles.outside("panic_mq", rule.case(number), y.n_periods - 1)
    entities = [{"entity": y.entities[i], "lags": int(fit.lags[i]), "nobs": int(fit.nobs[i]),
                 "coef": float(fit.coef[i]), "t": float(fit.t[i]), "pvalue": float(ndtr(score[i]))} for i in range(n)]
    return TestResult(
        statistics=statistics,
        nobs=int(fit.nobs.sum()),
        lags=reported_lags(fit.lags),
        details={**details, "factors": number, "common_trends": rows,
                 **{f"trends_mq{kind}": _first_kept(rows, f"pvalue_{kind}") for kind in "cf"},
                 **({"factor_adf": rule.one_factor(parts.factors)} if number == 1 else {}),
                 "explained": parts.explained, "entities": entities},
        warnings=tuple(warnings),
    )


def _number(series: Array, trend: str, criterion: str) -> int:
    n, t = series.shape
    most = min(most_factors(n, t - 1), (t - TERMS[trend] - 3) // 2)
    return int(number_of_factors(_differences(series[None], trend), criterion, most)[0])


def _differences(series: Array, trend: str) -> Array:
    """Differences (B, N, T - 1), with trend less their means."""
    change = np.diff(series, axis=2)
    return change - change.mean(2, keepdims=True) if trend == "ct" else change


def _bandwidth(bandwidth: int | str, n: int, t: int) -> int:
    return int(4 * np.ceil((min(n, t) / 100) ** 0.25)) if isinstance(bandwidth, str) else bandwidth


def _first_kept(rows: list[dict[str, Any]], column: str) -> int:
    return next((row["m"] for row in rows if row[column] >= LEVEL), 0)


@dataclass(frozen=True)
class _Parts:
    """Levels of the factors (B, T - 1, K) and of what is left (B, N, T - 1), both added up from their differences."""

    factors: Array
    resid: Array
    explained: float


@dataclass(frozen=True)
class _Rule:
    """The procedure for a given number of factors, on a batch of panels."""

    trend: str
    number: int
    lags: int | str
    max_lags: int
    bandwidth: int

    def parts(self, series: Array) -> _Parts:
        """series (B, N, T)."""
        change = _differences(series, self.trend)
        found = principal_components(change, self.number)
        left, total = (found.resid**2).sum(2), (change**2).sum(2)
        if (exact := np.flatnonzero((left <= 1e-20 * total).any(0))).size:
            raise Collinear(exact)
        return _Parts(found.factors.cumsum(1), found.resid.cumsum(2), float(1 - left.sum() / total.sum()))

    def idiosyncratic(self, resid: Array) -> tuple[AdfRegressions, Array]:
        """Regressions of every row of resid (B, N, T - 1), and the normal quantiles of their p (B * N,)."""
        rows = resid.reshape(-1, resid.shape[2])
        fit = adf_regressions(rows, np.ones(rows.shape, dtype=bool), "n", self.lags, self.max_lags)
        periods, choice = rows.shape[1], isinstance(self.lags, str) and self.max_lags > 0
        if self.trend == "ct":
            case = f"{self.lags}{min(self.max_lags, MOST)}" if choice else f"given{min(int(fit.lags[0]), MOST)}"
            return fit, quantiles.scores("panic_bridge", case, periods, fit.t)
        if choice:
            return fit, dickey_fuller_selected.score(fit.t, "n", np.full(len(rows), periods), str(self.lags),
                                                     self.max_lags)
        return fit, dickey_fuller.score_finite(fit.t, "n", fit.nobs, fit.lags)

    def filter_orders(self, y: Array) -> NDArray[np.int_]:
        """Orders (B,) of the filter of MQf for y (B, T, M), no larger than leaves as many rows as coefficients."""
        room = max((y.shape[1] - 2) // (y.shape[2] + 1) - 1, 0)
        if isinstance(self.lags, str):
            return autoregressive_order(y, min(self.max_lags, room), "aic" if self.lags == "t" else self.lags)
        return np.full(len(y), min(self.lags, room))

    def statistics(self, y: Array) -> tuple[Array, Array, NDArray[np.int_]]:
        """MQc, MQf and the orders of the filter (B,) of y (B, T, M)."""
        orders = self.filter_orders(y)
        filtered = np.empty(len(y))
        for p in np.unique(orders):
            filtered[orders == p] = mq_f(y[orders == p], int(p))
        return mq_c(y, self.bandwidth), filtered, orders

    def common_trends(self, factors: Array) -> list[dict[str, Any]]:
        """MQ of the first panel's factors (1, T - 1, K) for each number of trends."""
        y, rows = strongest_directions(factors, self.trend), []
        for m in range(self.number, 0, -1):
            c, f, orders = (v[0] for v in self.statistics(y[:, :, :m]))
            pc, pf = (quantiles.pvalue("panic_mq", self.case(m), y.shape[1], float(v)) for v in (c, f))
            rows.append({"m": m, "MQc": float(c), "pvalue_c": pc, "MQf": float(f), "pvalue_f": pf,
                         "lags_f": int(orders)})
        return rows

    def one_factor(self, factors: Array) -> dict[str, Any]:
        """The augmented Dickey-Fuller test of the only factor."""
        series = factors[:, :, 0]
        fit = adf_regressions(series, np.ones(series.shape, dtype=bool), self.trend, self.lags, self.max_lags)
        if isinstance(self.lags, str) and self.max_lags:
            score = dickey_fuller_selected.score(fit.t, self.trend, [series.shape[1]], self.lags, self.max_lags)
        else:
            score = dickey_fuller.score_finite(fit.t, self.trend, fit.nobs, fit.lags)
        return {"t": float(fit.t[0]), "pvalue": float(ndtr(score[0])), "lags": int(fit.lags[0])}

    def case(self, m: int) -> str:
        """The row of the table of MQ."""
        return f"{self.trend}{min(m, MOST)}"

    def again(self, walks: Array, b: int) -> Array:
        """Pm, P, MQc and MQf of b pseudo-panels, rows (b * N, T)."""
        parts = self.parts(walks.reshape(b, -1, walks.shape[1]))
        score = self.idiosyncratic(parts.resid)[1].reshape(b, -1)
        p, n = -2 * log_ndtr(score).sum(1), score.shape[1]
        common = self.statistics(strongest_directions(parts.factors, self.trend))[:2] if self.number else ()
        return np.stack([(p - 2 * n) / np.sqrt(4 * n), p, *common], 1)
