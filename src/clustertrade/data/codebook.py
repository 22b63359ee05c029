"""The codebooks: variables, units, regions, countries and priorities, each one CSV file."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "codebooks"


@lru_cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """All rows of ``codebooks/<name>.csv`` as dictionaries of strings.

    Examples
    --------
    >>> rows("units")[0]["base"]
    'yuan'
    """
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return tuple(csv.DictReader(handle))


@lru_cache
def variables() -> dict[str, dict[str, str]]:
    """Variable -> its row: names and definitions in both languages, base unit, dimension, breaks.

    Examples
    --------
    >>> variables()["va_industry"]["name_zh"]
    '工业增加值'
    """
    return {row["variable"]: row for row in rows("variables")}


def label(variable: str, language: str = "en") -> str:
    """Name of a variable in a language (``en`` or ``zh``); the variable itself where the codebook has no entry.

    Examples
    --------
    >>> label("taobao_villages", "zh")
    '淘宝村数'
    """
    return variables().get(variable, {}).get(f"name_{language}", variable)
