"""Currencies and prices, from the sourced series: yuan per dollar (S60), GDP deflator (S60), consumer prices (S62)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clustertrade.errors import DataError, first_of

if TYPE_CHECKING:
    import pandas as pd

RATE = ("S60", "exchange_rate_official_cny_per_usd")
INFLATION = {"gdp_deflator": ("S60", "gdp_deflator_inflation"), "cpi": ("S62", "cpi_inflation")}


def _national(tidy: pd.DataFrame, source: str, variable: str) -> pd.Series:
    rows = tidy[(tidy["source_id"] == source) & (tidy["variable"] == variable) & (tidy["freq"] == "A")]
    if rows.empty:
        raise DataError(f"{source}:{variable} is not in the data; clean source {source} first")
    return rows.set_index(rows["year"].astype(int))["value"].sort_index()


def exchange_rate(tidy: pd.DataFrame) -> pd.Series:
    """Yuan per dollar by year, annual average, from the tidy rows of S60.

    Raises
    ------
    DataError
        The tidy data hold no exchange rate.
    """
    return _national(tidy, *RATE)


def inflation(tidy: pd.DataFrame, which: str = "gdp_deflator") -> pd.Series:
    """Yearly price changes in percent, by year.

    Parameters
    ----------
    tidy : DataFrame
        Rows of S60 and S62.
    which : {"gdp_deflator", "cpi"}

    Raises
    ------
    DataError
        The tidy data hold no such series.
    """
    return _national(tidy, *INFLATION[which])


def price_level(yearly: pd.Series, base: int) -> pd.Series:
    """Price level by chaining yearly rates, 1 in the base year.

    Parameters
    ----------
    yearly : Series
        Percent changes on the year before, by year without a gap.
    base : int
        Year whose level is 1; the year before the first rate is possible too.

    Returns
    -------
    Series
        Level of the year before the first rate and of every year that has one.

    Raises
    ------
    DataError
        A year is missing in between, or the base lies outside.

    Examples
    --------
    >>> import pandas as pd
    >>> price_level(pd.Series({2001: 10.0, 2002: 50.0}), base=2001).round(4).to_dict()
    {2000: 0.9091, 2001: 1.0, 2002: 1.5}
    """
    import pandas as pd

    yearly = yearly.sort_index()
    years = [int(y) for y in yearly.index]
    gaps = sorted(set(range(years[0], years[-1] + 1)) - set(years))
    if gaps:
        raise DataError(f"the price index has no rate for {first_of(gaps)}; a level cannot be chained over a gap")
    level = pd.concat([pd.Series({years[0] - 1: 1.0}), (1 + yearly / 100).cumprod().set_axis(years)])
    if base not in level.index:
        raise DataError(f"base year {base} lies outside {level.index[0]}-{level.index[-1]}; choose one of these years")
    return level / level[base]


def _by_year(table: pd.Series, years: pd.Series, what: str) -> pd.Series:
    found = years.astype("Int64").map(table).astype("float64")
    absent = sorted({int(y) for y in years[found.isna() & years.notna()]})
    if absent:
        raise DataError(f"no {what} for {first_of(absent)}; it covers {table.index[0]}-{table.index[-1]}")
    return found


def to_cny(values: pd.Series, years: pd.Series, rate: pd.Series) -> pd.Series:
    """Dollars of a year in yuan of the same year.

    Parameters
    ----------
    values, years : Series
        US dollars, and the year of each.
    rate : Series
        Yuan per dollar by year, :func:`exchange_rate`.

    Returns
    -------
    Series
        Yuan; the index of ``values``.

    Raises
    ------
    DataError
        A year without a rate.

    Examples
    --------
    >>> import pandas as pd
    >>> to_cny(pd.Series([10.0]), pd.Series([2019]), pd.Series({2019: 6.9})).tolist()
    [69.0]
    """
    return values * _by_year(rate, years, "exchange rate")


def deflate(values: pd.Series, years: pd.Series, yearly: pd.Series, base: int) -> pd.Series:
    """Current prices in prices of a base year.

    Parameters
    ----------
    values, years : Series
        Amounts at current prices, and the year of each.
    yearly : Series
        Percent price changes by year, :func:`inflation`.
    base : int
        Year in whose prices the result is.

    Returns
    -------
    Series
        Amounts at prices of ``base``; the index of ``values``.

    Raises
    ------
    DataError
        A year outside the price index, or a gap in it.

    Examples
    --------
    >>> import pandas as pd
    >>> deflate(pd.Series([150.0]), pd.Series([2002]), pd.Series({2001: 10.0, 2002: 50.0}), base=2001).tolist()
    [100.0]
    """
    return values / _by_year(price_level(yearly, base), years, "price level")
