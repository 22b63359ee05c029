"""Any spelling of a province or country -> its code."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from clustertrade.data.codebook import rows

NATION = "000000"


@dataclass(frozen=True)
class Region:
    """A province of GB/T 2260, the country (000000), or a country of the world."""

    code: str
    name_en: str
    name_zh: str
    level: str


def _key(text: str) -> str:
    """Spelling without what does not distinguish: width, case, spaces, apostrophes, hyphens, dots."""
    return re.sub(r"[\s'’.\-_]", "", unicodedata.normalize("NFKC", text)).casefold()


@lru_cache
def provinces() -> tuple[Region, ...]:
    """The 31 provinces in the order of their codes."""
    return tuple(Region(r["code"], r["name_en"], r["name_zh"], "province") for r in rows("regions")
                 if r["code"] != NATION)


@lru_cache
def _index() -> dict[str, Region]:
    index: dict[str, Region] = {}
    for r in rows("regions"):
        region = Region(r["code"], r["name_en"], r["name_zh"], "national" if r["code"] == NATION else "province")
        spellings = [r["code"], r["name_zh"], r["name_full_zh"], r["short_zh"], r["name_en"], *r["aliases"].split("|")]
        for text in filter(None, spellings):
            if index.setdefault(_key(text), region) != region:
                raise ValueError(f"codebooks/regions.csv: {text!r} means {region.code} and {index[_key(text)].code}")
    return index


@lru_cache
def _countries() -> dict[str, Region]:
    index: dict[str, Region] = {}
    for r in rows("countries"):
        region = Region(r["code"], r["name_en"], r["name_zh"], "country")
        for text in (r["code"], r["name_en"], r["name_zh"]):
            index.setdefault(_key(text), region)
    return index


def find(text: str, country: bool = False) -> Region | None:
    """The region of a code or name, None if no spelling of the codebook matches.

    Parameters
    ----------
    text : str
        ``"150000"``, ``"内蒙古自治区"``, ``"内 蒙 古"``, ``"Inner Mongolia"``, ``"Nei Mongol"``, ``"蒙"`` ...
    country : bool
        Look among countries of the world instead of provinces.

    Examples
    --------
    >>> find("Nei Mongol").code, find("Xizang").name_en, find("CHN", country=True).name_zh
    ('150000', 'Tibet', '中国')
    """
    return (_countries() if country else _index()).get(_key(text))


def suggest(text: str, country: bool = False) -> str:
    """The closest spelling as a hint for a message, empty if nothing is close."""
    index = _countries() if country else _index()
    close = difflib.get_close_matches(_key(text), list(index), n=1, cutoff=0.6)
    return f" (did you mean {index[close[0]].name_en}, {index[close[0]].code}?)" if close else ""


@lru_cache
def groups(which: str = "group3") -> dict[str, str]:
    """Code -> region group.

    Parameters
    ----------
    which : {"group3", "group4"}
        ``group3``: east 11, central 8, west 12, the three belts of the statistical yearbooks; ``group4``: east 10,
        central 6, west 12, northeast 3, as the statistical office has grouped them since 2011.
    """
    return {r["code"]: r[which] for r in rows("regions") if r["code"] != NATION}


@lru_cache
def tiles() -> dict[str, tuple[int, int, str]]:
    """Code -> (row, column, abbreviation) of the tile map, rows from north to south, columns from west to east."""
    return {r["code"]: (int(r["tile_row"]), int(r["tile_col"]), r["short_zh"]) for r in rows("regions")
            if r["code"] != NATION}
