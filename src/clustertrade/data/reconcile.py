"""Figures against one another: provinces and nation, month and year to date, parts and total, source and source.

Which checks there are, with their tolerances and their words in both languages, stands in ``codebooks/checks.csv``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from clustertrade.data.codebook import rows

if TYPE_CHECKING:
    import pandas as pd

AT = ["region_code", "period"]


@cache
def known() -> dict[str, dict[str, str]]:
    """The checks of ``codebooks/checks.csv`` by name."""
    return {r["check"]: r for r in rows("checks")}


def compare(check: str, left: pd.Series, right: pd.Series, *, flagged: pd.Index | None = None,
            **words: str) -> dict[str, Any] | None:
    """Two series of the same quantity, cell by cell.

    Parameters
    ----------
    check : str
        Name in ``codebooks/checks.csv``, with a suffix after a colon where it is made several times.
    left, right : Series
        Indexed alike; only cells that both have are compared.
    flagged : Index, optional
        Cells that carry a flag already.
    **words
        What fills the braces of the texts.

    Returns
    -------
    dict or None
        ``check, en, zh, n, tolerance`` (relative to ``right``, or in its unit when ``absolute``)``, absolute,
        deviation`` (largest)``, mean_deviation, failing, flagged`` (failing cells that carry a flag)``, worst,
        worst_left, worst_right, status, note_en, note_zh``; PASS, FAIL, or INFO where a deviation has its reason;
        None when no cell is shared.

    Examples
    --------
    >>> import pandas as pd
    >>> compare("zones-listed", pd.Series({1: 12.0}), pd.Series({1: 12.0}))["status"]
    'PASS'
    """
    import numpy as np

    rule = known()[check.split(":")[0]]
    tolerance, absolute = float(rule["tolerance"]), bool(rule["absolute"])
    both = left.index.intersection(right.index, sort=True)
    if both.empty:
        return None
    a, b = left[both].to_numpy(dtype=float), right[both].to_numpy(dtype=float)
    scale = np.ones_like(b) if absolute else np.where(b == 0, np.where(a == 0, 1.0, np.abs(a)), np.abs(b))
    deviation = np.abs(a - b) / scale
    beyond = deviation > tolerance
    at = int(deviation.argmax())
    label = both[at]
    info = rule["info_en"] if beyond.any() else ""
    return {
        "check": check, "en": rule["en"].format(**words), "zh": rule["zh"].format(**words), "n": len(both),
        "tolerance": tolerance, "absolute": absolute, "deviation": float(deviation[at]),
        "mean_deviation": float(deviation.mean()), "failing": int(beyond.sum()),
        "flagged": int(both[beyond].isin(flagged).sum()) if flagged is not None else 0,
        "worst": " ".join(map(str, label)) if isinstance(label, tuple) else str(label),
        "worst_left": float(a[at]), "worst_right": float(b[at]),
        "status": "PASS" if not beyond.any() else "INFO" if info else "FAIL",
        "note_en": info.format(**words), "note_zh": rule["info_zh"].format(**words) if info else "",
    }


def series(tidy: pd.DataFrame, variable: str, source: str = "", level: str = "province", freq: str = "A") -> pd.Series:
    """Values of a variable by region and period; of the source where one is named."""
    chosen = (tidy["variable"] == variable) & (tidy["level"] == level) & (tidy["freq"] == freq)
    if source:
        chosen &= tidy["source_id"] == source
    return tidy[chosen].drop_duplicates(AT).set_index(AT)["value"].sort_index()


def total(tidy: pd.DataFrame, variable: str, source: str = "", freq: str = "A", least: int = 30) -> pd.Series:
    """Sum over provinces by period, of the periods in which at least ``least`` provinces have a figure."""
    by_period = series(tidy, variable, source, freq=freq).groupby(level="period")
    return by_period.sum()[by_period.size() >= least]


def nation(tidy: pd.DataFrame, variable: str, source: str = "", freq: str = "A") -> pd.Series:
    """National figures by period."""
    return series(tidy, variable, source, "national", freq).droplevel("region_code")


def across(tidy: pd.DataFrame) -> list[dict[str, Any]]:
    """Checks of sources against one another, from the tidy rows of all sources together.

    Parameters
    ----------
    tidy : DataFrame
        Rows of any number of sources; a check whose sources are not both there is left out.

    Returns
    -------
    list of dict
        As :func:`compare`.
    """
    import pandas as pd

    named = {r[side].split(":")[-1] for r in known().values() for side in ("left", "right")} | _NAMED
    tidy = tidy[(tidy["freq"] == "A") & tidy["variable"].isin(list(named))]
    found = []
    for rule in known().values():
        if rule["kind"] not in ("pair", "sum"):
            continue
        (left_source, left), (right_source, right) = rule["left"].split(":"), rule["right"].split(":")
        if rule["kind"] == "sum":
            a, b, flagged = total(tidy, left, left_source), nation(tidy, right, right_source), None
        else:
            a, b = (pd.concat([series(tidy, v, s, level) for level in ("province", "national")])
                    for v, s in ((left, left_source), (right, right_source)))
            marked = tidy[(tidy["variable"] == left) & (tidy["source_id"] == left_source) & (tidy["flag"] != "")]
            flagged = marked.set_index(AT).index
        found.append(compare(rule["check"], a, b, flagged=flagged))
    return [c for c in [*found, *_computed(tidy)] if c is not None]


_NAMED = {"goods_imports_usd", "trade_total_by_location_usd", "VA_MIN", "VA_MAN", "VA_PU"}


def _computed(tidy: pd.DataFrame) -> list[dict[str, Any] | None]:
    """Checks that need arithmetic first: two flows added, a currency converted, sectors added."""
    goods = (nation(tidy, "goods_exports_usd", "S60") + nation(tidy, "goods_imports_usd", "S60")).dropna()
    in_yuan = (goods * nation(tidy, "exchange_rate_official_cny_per_usd", "S60")).dropna()
    sectors = [series(tidy, f"VA_{s}", "S40", "country") for s in ("MIN", "MAN", "PU")]
    china = sum(sectors[1:], sectors[0])
    china = china[china.index.get_level_values("region_code") == "CHN"].droplevel("region_code").dropna()
    return [
        compare("S03-S60-trade-usd", total(tidy, "trade_total_by_location_usd", "S03"), goods),
        compare("S03-S60-trade-rmb", total(tidy, "trade_total_by_location_rmb", "S03"), in_yuan),
        compare("S04-S40-industry", total(tidy, "va_industry", "S04"), china),
    ]
