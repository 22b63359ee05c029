"""Numbers in print. Everything here returns plain ASCII; a format sets minus, times and powers its own way."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

SIGNIFICANT = 2  # digits kept of a number that the asked decimals would erase
SMALLEST_DECIMAL = 1e-5  # below it a power of ten reads better than a row of zeros
LARGEST_DECIMAL = 1e9
MOST_DIGITS = 7  # decimals are given up before a number gets more digits than this
FIRST_SEPARATED = 10_000  # so that no year gets a separator

_POWER = re.compile(r"e([+-])0*(\d+)")


def number(value: float, digits: int = 3, thousands: bool = True) -> str:
    """A number with ``digits`` decimals that never hides one: what would round to zero keeps two digits.

    >>> number(0.12345), number(-1234.5678), number(0)
    ('0.123', '-1234.568', '0.000')
    >>> number(0.00012), number(-3.2e-9), number(1234567.89), number(6.02e23)
    ('0.00012', '-3.2e-9', '1,234,568', '6.020e23')
    """
    if value == 0:
        return f"{0:.{digits}f}"
    size = abs(value)
    if size >= LARGEST_DECIMAL:
        return scientific(value, digits)
    if float(f"{size:.{digits}f}") == 0:
        if size < SMALLEST_DECIMAL:
            return scientific(value, SIGNIFICANT - 1)
        return f"{value:.{SIGNIFICANT - 1 - math.floor(math.log10(size))}f}"
    before = max(1, math.floor(math.log10(size)) + 1)
    decimals = max(0, min(digits, MOST_DIGITS - before))
    return _separated(f"{value:.{decimals}f}", thousands)


def scientific(value: float, digits: int) -> str:
    """A power of ten, without the zeros that C puts into the exponent.

    >>> scientific(-1.25e-7, 1), scientific(3e12, 2)
    ('-1.2e-7', '3.00e12')
    """
    return _POWER.sub(lambda m: "e" + m[1].replace("+", "") + m[2], f"{value:.{digits}e}")


def integer(value: int, thousands: bool = True) -> str:
    """A count; separators from 10,000 on.

    >>> integer(2019), integer(-31000), integer(31000, thousands=False)
    ('2019', '-31,000', '31000')
    """
    return _separated(str(int(value)), thousands)


def percent(share: float, digits: int = 1) -> str:
    """A share as a percentage.

    >>> percent(0.1234), percent(-0.00004)
    ('12.3%', '-0.0040%')
    """
    return number(100 * share, digits) + "%"


def pvalue(p: float, digits: int = 3) -> str:
    """A p-value; one that would round to zero is said to be smaller than the last digit printed.

    >>> pvalue(0.0123), pvalue(0.00049), pvalue(0.0), pvalue(1.0)
    ('0.012', '<0.001', '<0.001', '1.000')
    """
    digits = max(digits, 2)
    printed = f"{p:.{digits}f}"
    return printed if float(printed) > 0 else f"<{10.0**-digits:.{digits}f}"


def stars(p: float | None, levels: Sequence[float]) -> str:
    """A star for every level that the p-value is below.

    >>> stars(0.03, (0.1, 0.05, 0.01)), stars(0.05, (0.1, 0.05, 0.01)), stars(None, (0.1,))
    ('**', '*', '')
    """
    return "" if p is None else "*" * sum(p < level for level in levels)


def exact(value: float | int) -> str:
    """A number for the machine twin: 12 significant digits, so that the last bits of a processor do not show.

    >>> exact(1 / 3), exact(12), exact(-0.0), exact(1.5)
    ('0.333333333333', '12', '0', '1.5')
    """
    return str(value) if isinstance(value, int) else f"{value + 0.0:.12g}"


def split(printed: str) -> tuple[str, str, str, str]:
    """Sign or inequality, mantissa, exponent and unit of a printed number.

    >>> split("-3.2e-9"), split("<0.001"), split("12.3%")
    (('-', '3.2', '-9', ''), ('<', '0.001', '', ''), ('', '12.3', '', '%'))
    """
    found = re.fullmatch(r"([-<]?)([\d.,]+)(?:e(-?\d+))?(%?)", printed)
    if found is None:
        raise ValueError(f"{printed!r} is not a number printed by this module")
    sign, mantissa, exponent, unit = found.groups(default="")
    return sign, mantissa, exponent, unit


def _separated(printed: str, thousands: bool) -> str:
    whole, dot, decimals = printed.partition(".")
    if thousands and abs(int(whole)) >= FIRST_SEPARATED:
        whole = f"{int(whole):,}"
    return whole + dot + decimals
