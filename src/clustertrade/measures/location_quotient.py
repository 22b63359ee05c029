"""The location quotient: how much larger an industry is in a region than in the whole."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clustertrade.errors import DataError, UsageError, first_of
from clustertrade.measures.tidy import Array, Codes, Mask, Rows, Tidy, add_up, read, total_row, undefined, uneven
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "location-quotient",
    family="measures",
    title="Location quotient",
    reference="billings_johnson2012",
    choices={"variant": ("static", "ratio", "growth", "standardised", "log-standardised", "symmetric")},
)
def location_quotient(data: pd.DataFrame, *, region: str | None = None, industry: str | None = None,
                      time: str | None = None, value: str | None = None, total: str | None = None,
                      variant: str = "static", base: str = "previous", bootstrap: int = 0, seed: int = 20260101,
                      level: float = 0.05) -> Measure:
    r"""Share of an industry in its region over its share in all regions of the data, period by period.

    .. math:: LQ_{ij} = \frac{E_{ij}/E_j}{E_i/E},\qquad E_i=\sum_j E_{ij},\quad E=\sum_j E_j

    with industry i and region j.  The whole is the sum of the regions in the data, so a row of national totals must
    not stand among them.  Without ``industry`` the data is about one, and ``total`` is needed.

    Two dynamic quotients share a name in the literature; with growth rates g from the base to the period

    .. math:: \text{ratio}: LQ_{ijt}/LQ_{ij0};\qquad
        \text{growth}: \frac{1+g_{ij}}{1+g_i}\Big/\frac{1+g_j}{1+g}

    where g is the mean of the period-to-period growth rates since the base.  From one period to the next they are the
    same number; over several periods they are not.

    Parameters
    ----------
    data : DataFrame
        A row a region, industry and period.  A pair of region and industry without a row counts as zero.
    region, industry, time : column names
        Keys; industry and time where there are several.
    value : column name
        Employment, value added or the like of the industry in the region; zero or more.
    total : column name, optional
        The same of all industries of the region, the same in all its rows of a period; by default the sum of ``value``
        over industries.
    variant : static, ratio, growth, standardised, log-standardised or symmetric
        The quotient of the period; one of the two dynamic ones; the quotient (or its logarithm, of regions that have
        the industry) less its mean over regions, by its standard deviation (n - 1) over them; (LQ - 1)/(LQ + 1).
    base : previous, first or a period
        What the dynamic quotients compare with.
    bootstrap, seed, level : int, int, float
        With ``bootstrap`` replications, the static quotient comes with ``low`` and ``high``: the percentile interval
        from drawing the regions that make up the whole with replacement, the region's own structure as it is.

    Returns
    -------
    Measure
        ``value`` of every row in the order of the data; above 1 the region is specialised in the industry.  Null, with
        a warning, where the region's total or the industry is zero everywhere.

    Raises
    ------
    UsageError, DataError
        Neither industry nor total; what ``measures.tidy`` refuses; a total that differs within a region and period.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": list("AABB"), "industry": ["steel", "toys"] * 2, "jobs": [30, 10, 10, 50]})
    >>> lq = location_quotient(frame, region="region", industry="industry", value="jobs")
    >>> [round(row["value"], 3) for row in lq.rows]
    [1.875, 0.417, 0.417, 1.389]
    """
    if industry is None and total is None:
        raise UsageError("location-quotient needs --industry, or --total with the total of the region over industries")
    if bootstrap and variant != "static":
        raise UsageError(f"location-quotient --bootstrap is for --variant static, not {variant}")
    tidy = read("location-quotient", data, {"region": region, "industry": industry, "time": time},
                {"value": value, "total": total}, needed=("region", "value"))
    quotient, of_region, of_industry = quotients(tidy)
    empty, made = of_region == 0, of_industry > 0
    if empty.any() or not made.all():
        empty, made = tidy.spread(empty, "region", "time"), tidy.spread(made, "industry", "time")
        warnings = [*undefined(tidy, empty, "the region has nothing"),
                    *undefined(tidy, ~made & ~empty, "the industry is zero in all regions")]
    else:
        warnings = []
    warnings += total_row(tidy)
    if total is not None and (above := np.flatnonzero(tidy.numbers["value"] > tidy.numbers["total"] * (1 + 1e-9))).size:
        warnings.append(f"{value} exceeds {total} in {above.size} rows: {first_of(tidy.label(i) for i in above)}")
    if variant in ("ratio", "growth"):
        if time is None:
            raise UsageError(f"location-quotient --variant {variant} needs --time")
        defined = np.isfinite(quotient)
        warnings += uneven(tidy) if base == "previous" or variant == "growth" else ()
        quotient = (_ratio if variant == "ratio" else _growth)(tidy, quotient, base)
        warnings += undefined(tidy, defined & ~np.isfinite(quotient),
                              "the base is absent or zero, or the row is before it")
    elif variant == "symmetric":
        quotient = (quotient - 1) / (quotient + 1)
    elif variant != "static":
        defined = np.isfinite(quotient)
        quotient = _standardised(tidy, quotient, of_region, variant == "log-standardised")
        warnings += undefined(tidy, defined & ~np.isfinite(quotient),
                              "the region has nothing of the industry, or quotients do not vary over regions")
    found = tidy.by_row(quotient, warnings=tuple(warnings))
    return _with_interval(tidy, found, quotient, bootstrap, seed, level) if bootstrap else found


def _standardised(tidy: Tidy, quotient: Array, of_region: Array, log: bool) -> Array:
    """Less the mean, by the standard deviation, over the regions of an industry and period; absent pairs are zeros."""
    made, size = tidy.group("industry", "time")
    n_times = tidy.group("time")[1]
    if log:
        quotient = np.where(quotient > 0, np.log(np.where(quotient > 0, quotient, 1.0)), np.nan)
        fine = np.isfinite(quotient)
        n = np.bincount(made[fine], minlength=size).astype(float)
    else:
        fine = np.isfinite(quotient)
        regions = np.flatnonzero(of_region > 0) % n_times
        n = np.bincount(regions, minlength=n_times)[np.arange(size) % n_times].astype(float)
    value = np.where(fine, quotient, 0.0)
    mean = np.bincount(made, value, size) / np.maximum(n, 1)
    rows = np.bincount(made[fine], minlength=size)
    square = np.bincount(made, np.where(fine, value - mean[made], 0.0) ** 2, size) + (n - rows) * mean**2
    sd = np.sqrt(square / np.maximum(n - 1, 1))
    varies = (n > 1) & (sd > 1e-12 * np.abs(mean))
    return np.where(fine & varies[made], (quotient - mean[made]) / np.where(varies, sd, 1.0)[made], np.nan)


def _based(tidy: Tidy, base: str) -> tuple[Codes, Mask]:
    """The base period of each row as a code, and whether it has one."""
    when, labels = tidy.codes["time"], tidy.levels["time"]
    if base == "previous":
        return when - 1, when > 0
    if base == "first":
        return np.zeros_like(when), np.ones(len(when), dtype=bool)
    at = [i for i, label in enumerate(labels) if str(label) == base]
    if not at:
        raise UsageError(f"location-quotient --base {base}: previous, first or one of {first_of(labels, 12)}")
    return np.full_like(when, at[0]), when >= at[0]


def _at(tidy: Tidy, value: Array, period: Codes) -> Array:
    """The value of each row's region and industry in another period (n,); NaN where that has no row."""
    code, _ = tidy.group("region", "industry", "time")
    order = np.argsort(code, kind="stable")
    wanted = code - tidy.codes["time"] + period
    place = np.minimum(np.searchsorted(code[order], wanted), len(code) - 1)
    there = (code[order][place] == wanted) & (period >= 0)
    return np.where(there, value[order][place], np.nan)


def _ratio(tidy: Tidy, quotient: Array, base: str) -> Array:
    period, has = _based(tidy, base)
    before = _at(tidy, quotient, period)
    return np.where(has & (before > 0), quotient / np.where(before > 0, before, 1.0), np.nan)


def _growth(tidy: Tidy, quotient: Array, base: str) -> Array:
    """From mean growth rates since the base of the cell, its industry, its region and the whole."""
    period, has = _based(tidy, base)
    when = tidy.codes["time"]
    value, region, n_then = tidy.numbers["value"], region_totals(tidy), tidy.group("time")[1]
    whole = add_up(np.arange(len(region)) % n_then, region, n_then)
    amounts = (value, tidy.spread(tidy.total(value, "industry", "time"), "industry", "time"),
               tidy.spread(region, "region", "time"), tidy.spread(whole, "time"))
    rates = []
    for amount in amounts:
        before = _at(tidy, amount, when - 1)
        step = np.where(before > 0, amount / np.where(before > 0, before, 1.0) - 1, np.nan)
        rates.append(_mean_since(tidy, step, period))
    cell, industry, own, all_ = (1 + r for r in rates)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(has & np.isfinite(quotient), cell / industry / (own / all_), np.nan)


def _mean_since(tidy: Tidy, step: Array, period: Codes) -> Array:
    """Mean of the steps after the base up to each row (n,); zero at the base itself, NaN where one is not known."""
    when = tidy.codes["time"]
    if (period == when - 1).all():                         # from one period to the next there is nothing to add up
        return step
    cell, size = tidy.group("region", "industry")
    order = np.lexsort((when, cell))
    used = (when > period)[order]
    known = np.where(used, np.nan_to_num(step[order]), 0.0)
    holes: Codes = np.cumsum(used & ~np.isfinite(step[order]))
    total, start = np.cumsum(known), np.searchsorted(cell[order], np.arange(size))
    first = start[cell[order]]
    before = np.where(first > 0, total[np.maximum(first - 1, 0)], 0.0)
    missed: Codes = holes - np.where(first > 0, holes[np.maximum(first - 1, 0)], 0)
    mean = np.where(missed > 0, np.nan, (total - before) / np.maximum((when - period)[order], 1))
    back = np.empty_like(mean)
    back[order] = mean
    return back


def _with_interval(tidy: Tidy, found: Measure, quotient: Array, bootstrap: int, seed: int, level: float) -> Measure:
    """Columns low and high: the share of the industry in the whole is drawn, the share in the region is not."""
    n_regions, n_industries = len(tidy.levels["region"]), tidy.group("industry")[1]
    low, high = np.full(tidy.n, np.nan), np.full(tidy.n, np.nan)
    industry = tidy.group("industry")[0]
    rng = np.random.default_rng(seed)
    then, n_then = tidy.group("time")
    for t in range(n_then):
        rows = np.flatnonzero(then == t)
        who, r = np.unique(tidy.codes["region"][rows], return_inverse=True)
        amount = np.zeros((len(who), n_industries))
        amount[r, industry[rows]] = tidy.numbers["value"][rows]
        size = amount.sum(1)
        if "total" in tidy.numbers:
            size[r] = tidy.numbers["total"][rows]
        draws = rng.multinomial(len(who), np.full(len(who), 1 / len(who)), bootstrap).astype(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (draws @ amount) / (draws @ size)[:, None] / (amount.sum(0) / size.sum())
            bottom, top = np.nanquantile(share, [level / 2, 1 - level / 2], axis=0)
            low[rows], high[rows] = (quotient[rows] / end[industry[rows]] for end in (top, bottom))
    endless = np.isinf(high)
    frame = found.to_frame()
    frame.insert(frame.shape[1] - 1, "low", low)
    frame.insert(frame.shape[1] - 1, "high", np.where(endless, np.nan, high))
    warnings = (*found.warnings, *undefined(tidy, endless, "no upper end: the industry is in few regions"))
    if n_regions < 10:
        warnings += (f"an interval from drawing {n_regions} regions is rough",)
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), warnings=warnings)


def quotients(tidy: Tidy) -> tuple[Array, Array, Array]:
    """Quotient of every row (n,), NaN where not defined; totals of regions and of industries, by period: (groups,)."""
    at_region, at_industry = region_totals(tidy), tidy.total(tidy.numbers["value"], "industry", "time")
    n_then = tidy.group("time")[1]
    when = np.arange(len(at_region)) % n_then              # time is the last part of a code
    whole = np.bincount(when, at_region, n_then)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_region = np.where(at_region > 0, whole[when] / at_region, np.nan)
        of_industry = np.where(at_industry > 0, 1 / at_industry, np.nan)
    quotient = tidy.spread(of_region, "region", "time") * tidy.numbers["value"]
    quotient *= tidy.spread(of_industry, "industry", "time")
    return quotient, at_region, at_industry


def region_totals(tidy: Tidy) -> Array:
    """Total of each region and period, as given or as the sum over industries: (groups,); zero where it has no row."""
    if "total" not in tidy.numbers:
        return tidy.total(tidy.numbers["value"], "region", "time")
    here, n_here = tidy.group("region", "time")
    at_region = np.zeros(n_here)
    at_region[here[::-1]] = tidy.numbers["total"][::-1]    # the first row of a region and period stays
    _refuse_unequal_totals(tidy, at_region[here])
    return at_region


def _refuse_unequal_totals(tidy: Tidy, first: Array) -> None:
    if (differ := np.flatnonzero(~np.isclose(tidy.numbers["total"], first, rtol=1e-9, atol=0))).size:
        raise DataError(f"{tidy.procedure}: the total of a region differs between its rows of one period: "
                        f"{first_of(tidy.label(i) for i in differ)} ({differ.size} rows)")
