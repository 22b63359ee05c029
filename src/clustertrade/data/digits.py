"""Strings -> numbers, exactly: no guess, no locale, powers of ten without rounding error."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
# "1,234" alone may mean 1.234, so separators count only where datapackage.json declares them.
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_ANY_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[,  ']\d{3})+(?:\.\d+)?")


def plain(text: str) -> str:
    """Full-width digits and signs to ASCII, surrounding and full-width spaces off, the minus sign U+2212 to ``-``.

    Examples
    --------
    >>> plain("　１２．５ ")
    '12.5'
    """
    return unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()


def number_text(text: str, group: str = "") -> tuple[str, str]:
    """The digits of a number as published, or the rule that it breaks.

    Parameters
    ----------
    text : str
        A cell.
    group : str
        The thousands separator that ``datapackage.json`` declares for the column (``groupChar``); empty if none.

    Returns
    -------
    (digits, rule)
        ``digits`` can be passed to ``float``; ``rule`` is empty, or names why the cell is rejected.

    Examples
    --------
    >>> number_text("1234.5"), number_text("1,234.5"), number_text("1,234.5", group=",")
    (('1234.5', ''), ('', 'thousands-separator'), ('1234.5', ''))
    """
    if _PLAIN.fullmatch(text):
        return text, ""
    cell = plain(text)
    if _PLAIN.fullmatch(cell):
        return cell, ""
    if cell.lower().lstrip("+-") in {"inf", "infinity"}:
        return "", "not-finite"
    if re.match(r"[=@]|[+-][A-Za-z(]", cell):
        return "", "formula"
    if group == "," and _GROUPED.fullmatch(cell):
        return cell.replace(",", ""), ""
    if _ANY_GROUPED.fullmatch(cell):
        return "", "thousands-separator"
    return "", "text-in-number"


def scaled(digits: str, factor: str) -> float:
    """A number in the base unit: the published digits times the factor of its unit, rounded once.

    Examples
    --------
    >>> scaled("5.6", "1e8"), scaled("0.07", "1e2")
    (560000000.0, 7.0)
    """
    if factor == "1":
        return float(digits)
    if factor.startswith("1e") and "e" not in digits and "E" not in digits:
        return float(digits + factor[1:])
    return float(Decimal(digits) * Decimal(factor))
