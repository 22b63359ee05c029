"""Convergence: of dispersion (sigma), of growth to levels (beta), and of clubs (Phillips and Sul)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clustertrade.batch.ols import ols
from clustertrade.errors import DataError, InfeasibleError, UsageError, first_of
from clustertrade.measures.phillips_sul import Clubs, clubs_of, log_t
from clustertrade.measures.tidy import Array, Codes, Rows, Tidy, jumps, read, uneven
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "convergence",
    family="measures",
    title="Convergence: sigma, beta, clubs",
    reference="phillips_sul2007",
    choices={"variant": ("sigma", "beta", "club")},
    checked="beta: pooled least squares of statsmodels with clustered and HC1 errors; club: the log t coefficient of "
            "152 countries 1970-2003 (-0.875), and that of their first club given its core (0.382, 50 members) are "
            "those of Phillips and Sul (2009); standard errors differ by 2 to 8 per cent, and with them cores may. Of "
            "panels of 40 that converge just so fast that b = 0 the log t test rejects 0.29 at T=30, 0.12 at T=100",
)
def convergence(data: pd.DataFrame, *, region: str | None = None, unit: str | None = None, time: str | None = None,
                value: str | None = None, drop: float = 0.3, level: float = 0.05,
                variant: str = "sigma") -> Measure:
    r"""Whether regions become alike, by one of three notions.

    sigma: the coefficient of variation over regions of each period, and the standard deviation of logarithms.
    beta: the growth of each region between periods on its logarithm before,

    .. math:: \ln(y_{i,t+1}/y_{it}) = a + \beta\ln y_{it} + \epsilon_{it}

    pooled, pooled with effects of periods, and of the whole span on the first level; negative :math:`\beta` is
    convergence, with the speed :math:`-\ln(1+\beta T)/T`.  club: the log t regression of Phillips and Sul

    .. math:: \log\frac{H_1}{H_t} - 2\log\log t = \hat a + \hat b\log t + \hat u_t,\quad
        H_t = \frac1N\sum_i(h_{it}-1)^2,\quad h_{it} = y_{it}\Big/\frac1N\sum_i y_{it}

    from the share ``drop`` of periods on, with Newey-West errors: convergence is rejected where t < -1.65.  Then their
    clustering finds clubs: regions in the order of the last period, a core group of the largest t, regions that can be
    added, the rest again; and clubs that converge with each other are merged.

    Parameters
    ----------
    data : DataFrame
        A row a region and period, all regions in all periods for beta and club.
    region, unit, time : column names
        Regions, or other units under --unit; periods at even distances.
    value : column name
        Amounts above zero: not logarithms for sigma and beta.  For club usually a trend component, or a logarithm.
    drop : float
        Share of the first periods that the log t regression leaves out; the authors take 0.3 up to 50 periods, 0.2 from
        100 on.
    level : float
        Significance level of the intervals of beta.
    variant : sigma, beta or club
        The notion.

    Returns
    -------
    Measure
        sigma: time, ``sd_log``, ``value``, the coefficient of variation (n - 1); details: ``trend``, its slope on time
        with ``se`` and ``pvalue``.  beta: ``specification`` (pooled, time effects, long run), ``se`` (clustered by
        region; HC1 in the long run), ``pvalue``, ``low``, ``high``, ``speed`` and ``half_life`` in periods (null where
        there is no convergence), ``r2``, ``value``, beta.  club: region, ``h``, the relative level in the last period,
        ``value``, the number of its club, 0 where it converges with none; details: ``overall`` and ``clubs`` with
        ``b``, ``se``, ``t``, members, and clubs ``before_merging``.

    Raises
    ------
    UsageError, DataError
        What ``measures.tidy`` refuses; a region that lacks a period; values of zero.
    InfeasibleError
        Fewer than two regions, or too few periods: two, for club 10.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": list("AABB"), "year": [1, 2, 1, 2], "income": [1.0, 2, 3, 4]})
    >>> [round(row["value"], 4) for row in convergence(frame, region="region", time="year", value="income").rows]
    [0.7071, 0.4714]
    """
    if region is not None and unit is not None:
        raise UsageError("convergence takes --region or --unit, not both")
    region = unit if region is None else region
    tidy = read("convergence", data, {"region": region, "time": time}, {"value": value},
                needed=("region", "time", "value"), signed=("value",) if variant == "club" else ())
    if variant != "club" and (none := np.flatnonzero(tidy.numbers["value"] == 0)).size:
        raise DataError(f"convergence takes logarithms, and {value} is zero in {none.size} rows: "
                        f"{first_of(tidy.label(i) for i in none)}")
    if len(tidy.levels["region"]) < 2:
        raise InfeasibleError("convergence compares regions, and there is one")
    if variant == "sigma":
        return _sigma(tidy)
    if found := jumps(tidy):
        raise DataError(f"convergence --variant {variant} counts in periods of one length; some are missing between "
                        f"{first_of(found)}. Complete them, or use the part before or after")
    y = _balanced(tidy)
    return _beta(tidy, y, level) if variant == "beta" else _club(tidy, y, drop)


def _balanced(tidy: Tidy) -> Array:
    """Values (N, T)."""
    n, t = len(tidy.levels["region"]), len(tidy.levels["time"])
    y = np.full((n, t), np.nan)
    y[tidy.codes["region"], tidy.codes["time"]] = tidy.numbers["value"]
    if (gaps := np.argwhere(np.isnan(y))).size:
        regions, periods = tidy.levels["region"], tidy.levels["time"]
        who = first_of(f"{regions[i]} {periods[k]}" for i, k in gaps)
        raise DataError(f"convergence needs every region in every period: {who} ({len(gaps)} lacking)")
    return y


def _sigma(tidy: Tidy) -> Measure:
    when, t = tidy.group("time")
    y, n = tidy.numbers["value"], np.bincount(when, minlength=t)
    if (lone := np.flatnonzero(n < 2)).size:
        raise InfeasibleError(f"convergence compares regions, and there is one in "
                              f"{first_of(tidy.levels['time'][i] for i in lone)}")

    def spread(v: Array) -> tuple[Array, Array]:
        mean = np.bincount(when, v, t) / n
        return mean, np.sqrt(np.bincount(when, (v - mean[when]) ** 2, t) / (n - 1))

    mean, sd = spread(y)
    value, logs = sd / mean, spread(np.log(y))[1]
    frame = pd.DataFrame({tidy.columns["time"]: tidy.levels["time"], "sd_log": logs, "value": value})
    warnings = uneven(tidy)
    if len(set(n)) > 1:
        warnings += ("the set of regions changes over time, and with it the dispersion",)
    details: dict[str, Any] = {}
    if t > 2 and not jumps(tidy):
        from scipy.stats import t as student

        x = np.column_stack([np.ones(t), np.arange(t, dtype=float)])
        beta, se, _, df = ols(value[None], x[None], np.ones((1, t), dtype=bool))
        ratio = beta[0, 1] / se[0, 1] if se[0, 1] > 0 else np.nan
        details["trend"] = {"slope": beta[0, 1], "se": se[0, 1], "pvalue": 2 * student.sf(abs(ratio), df[0])}
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), warnings=warnings, details=details)


def _beta(tidy: Tidy, y: Array, level: float) -> Measure:
    from scipy.stats import t as student

    n, t = y.shape
    if t < 2 or n < 3:
        raise InfeasibleError(f"convergence --variant beta needs 2 periods and 3 regions; there are {t} and {n}")
    log = np.log(y)
    growth, before = np.diff(log, axis=1), log[:, :-1]
    who = np.repeat(np.arange(n), t - 1)
    rows = []
    specifications = [("pooled", growth, before, 1, who)]
    if t > 2:
        specifications.append(("time effects", growth - growth.mean(0), before - before.mean(0), 1, who))
    specifications.append(("long run", (log[:, -1:] - log[:, :1]) / (t - 1), log[:, :1], t - 1, np.arange(n)))
    for name, g, x, span, cluster in specifications:
        effects = t - 1 if name == "time effects" else 1
        b, se, df, r2 = _slope(g.ravel(), x.ravel(), cluster, effects)
        half = student.ppf(1 - level / 2, df)
        inside = 1 + b * span
        speed = -np.log(inside) / span if 0 < inside < 1 else np.nan
        rows.append({"specification": name, "se": se, "pvalue": 2 * student.sf(abs(b / se), df) if se > 0 else np.nan,
                     "low": b - half * se, "high": b + half * se, "speed": speed, "half_life": np.log(2) / speed,
                     "r2": r2, "value": b})
    frame = pd.DataFrame(rows)
    warnings: tuple[str, ...] = () if (frame["value"] < 0).all() else (
        "no speed where beta is not negative: regions do not converge",)
    if over := list(frame["specification"][(frame["value"] < 0) & frame["speed"].isna()]):
        warnings += (f"no speed where regions more than swap places within the span: {first_of(over)}",)
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), warnings=warnings, details={
        "caution": "beta is biased towards convergence by errors of measurement and by effects of regions that are "
                   "removed from few periods; none are removed here"})


def _slope(g: Array, x: Array, cluster: Codes, effects: int) -> tuple[float, float, int, float]:
    """Slope with clustered error (G/(G-1) (n-1)/(n-k)), its degrees of freedom and r2; constants are taken out."""
    x, g = x - x.mean(), g - g.mean()
    square = float(x @ x)
    if square <= 1e-24 * len(x):
        raise InfeasibleError("convergence --variant beta: levels do not vary over regions")
    b = float(x @ g) / square
    rest = g - b * x
    groups = int(cluster.max()) + 1
    sums = np.bincount(cluster, x * rest, groups)
    n, k = len(x), 1 + effects
    factor = groups / (groups - 1) * (n - 1) / (n - k) if groups < n else n / (n - k)
    total = float(g @ g)
    return b, float(np.sqrt(factor * (sums @ sums)) / square), groups - 1 if groups < n else n - k, (
        1 - float(rest @ rest) / total if total > 0 else 1.0)


def _club(tidy: Tidy, y: Array, drop: float) -> Measure:
    n, t = y.shape
    if t < 10 or int(drop * t) < 2:
        raise InfeasibleError(f"convergence --variant club needs at least 10 periods, and to leave out two or more of "
                              f"them: there are {t}, and --drop {drop:g}")
    if (y.mean(0) <= 0).any():
        raise DataError("convergence --variant club divides by the mean over regions, which must be above zero in "
                        "every period: take levels, or logarithms of a unit small enough")
    found: Clubs = clubs_of(y, drop)
    names = tidy.levels["region"]
    h = y[:, -1] / y[:, -1].mean()
    frame = pd.DataFrame({tidy.columns["region"]: names, "h": h, "value": found.club})

    def facts(members: Codes) -> dict[str, Any]:
        b, se, ratio = log_t(y[members], drop)
        return {"b": b, "se": se, "t": ratio, "members": [names[i] for i in members]}

    warnings = (f"{t} periods: the log t test rejects convergence too often (0.29 of true nulls at T=30, 0.12 at "
                "T=100)",) if t < 100 else ()
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), warnings=warnings, details={
        "overall": {k: v for k, v in facts(np.arange(n)).items() if k != "members"},
        "clubs": [{"club": k + 1, **facts(m)} for k, m in enumerate(found.merged)],
        "before_merging": [{"club": k + 1, **facts(m)} for k, m in enumerate(found.first)],
        "alone": [names[i] for i in np.flatnonzero(found.club == 0)]})
