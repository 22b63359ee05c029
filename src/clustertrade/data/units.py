"""Published units -> base units: one base unit a dimension and currency."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from clustertrade.data.codebook import rows
from clustertrade.data.digits import scaled
from clustertrade.errors import DataError


@dataclass(frozen=True)
class Unit:
    """A unit as published: ``base`` is the unit of the tidy data, ``factor`` the multiplier as a decimal string."""

    name: str
    base: str
    factor: str
    dimension: str


@lru_cache
def table() -> dict[str, Unit]:
    """Every unit of ``codebooks/units.csv`` by the spelling met in print."""
    return {r["unit"]: Unit(r["unit"], r["base"], r["factor"], r["dimension"]) for r in rows("units")}


def find(name: str) -> Unit | None:
    """The unit of that spelling; spaces around it and full-width brackets do not matter.

    Examples
    --------
    >>> find("万元").base, find("万元").factor
    ('yuan', '1e4')
    """
    cell = name.strip()
    return table().get(cell) or table().get(cell.replace("（", "(").replace("）", ")"))


def to_base(digits: str, name: str) -> tuple[float, str]:
    """A published figure in the base unit of its unit, and that base unit.

    Parameters
    ----------
    digits : str
        Number as published.
    name : str
        Unit as published.

    Returns
    -------
    (value, base)

    Raises
    ------
    DataError
        When the codebook has no such unit.

    Examples
    --------
    >>> to_base("12.5", "100 million yuan")
    (1250000000.0, 'yuan')
    """
    unit = find(name)
    if unit is None:
        raise DataError(f"unit {name!r} is not in codebooks/units.csv; add it there with its base unit and factor")
    return scaled(digits, unit.factor), unit.base


def conflicting() -> list[str]:
    """Base units that stand under several dimensions; empty when the codebook is sound."""
    seen: dict[str, str] = {}
    return [u.base for u in table().values() if seen.setdefault(u.base, u.dimension) != u.dimension]
