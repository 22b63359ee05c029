"""Where and when: the region and the period of a row, from every spelling that it gives."""

from __future__ import annotations

import re
from functools import cache

from clustertrade.data import regions
from clustertrade.data.digits import plain

UNDATED = ""  # period and freq of a figure that belongs to no year (an area)


@cache
def located(
    spellings: tuple[tuple[str, str], ...], place: str = "", level: str = "", levels_given: bool = False
) -> tuple:
    """Code, names and level of a row.

    Parameters
    ----------
    spellings : tuple of (column, text)
        Every code or name that the row gives for its region; they must agree.
    place : str
        City or zone, or the region's own name where the row has one.
    level : {"", "national", "province", "city", "zone", "country"}
        As the file or its description says it.
    levels_given : bool
        The level stands in the file and is checked against the region.

    Returns
    -------
    (code, name_en, name_zh, level)
        Or a one-tuple with (column, value, rule, detail) when the row is to be rejected.  Cities and zones carry the
        code of the province and their printed name, ``330000/杭州市``.

    Examples
    --------
    >>> located((("region", "Nei Mongol"),))
    ('150000', 'Inner Mongolia', '内蒙古', 'province')
    """
    country = level == "country"
    given = [(column, text) for column, text in spellings if text.strip()]
    met = []
    for column, text in given:
        region = regions.find(text, country)
        if region is None:
            return ((column, text, "unknown-country" if country else "unknown-region", regions.suggest(text, country)),)
        met.append((column, text, region))
    if not met:
        return ((spellings[0][0] if spellings else "", "", "unknown-region", "; the row names no region"),)
    if len({r.code for *_, r in met}) > 1:
        meanings = ", ".join(f"{text} is {r.name_en}" for _, text, r in met)
        return ((met[-1][0], met[-1][1], "region-mismatch", meanings),)
    region = met[0][2]
    if level in ("city", "zone"):
        if not place.strip():
            return (("place", place, "empty-name", ""),)
        return f"{region.code}/{place}", place, place, level
    if levels_given and not country:
        if level != region.level:
            return (("level", level, "unknown-level", ""),)
        named = regions.find(place)
        if place and named is None:
            return (("place", place, "unknown-region", regions.suggest(place)),)
        if named is not None and named.code != region.code:
            return (("place", place, "region-mismatch", f"{place} is {named.name_en}, the code {region.name_en}"),)
    return region.code, region.name_en, region.name_zh, region.level


@cache
def dated(year: str, month: str = "", undated: bool = False) -> tuple:
    """(period, year, freq) of a row, or a one-tuple with (column, value, rule) when it is to be rejected.

    Examples
    --------
    >>> dated("2024", "1"), dated("2016年")
    (('2024-01', 2024, 'M'), ('2016', 2016, 'A'))
    """
    text = plain(year)
    if not text and undated:
        return UNDATED, None, UNDATED
    if not re.fullmatch(r"\d{4}年?", text) or not 1900 <= int(text[:4]) <= 2100:
        return (("year", year, "year"),)
    text = text[:4]
    if not month:
        return text, int(text), "A"
    number = plain(month).rstrip("月")
    if not re.fullmatch(r"0?[1-9]|1[0-2]", number):
        return (("month", month, "month"),)
    return f"{text}-{int(number):02d}", int(text), "M"
