"""Errors whose class is the exit code: 1 cannot be computed, 2 wrong usage, 3 unreadable or invalid data."""

from __future__ import annotations

from collections.abc import Iterable


class ClustertradeError(Exception):
    """Base of every error that a user is meant to read: one clear message, no traceback."""

    exit_code = 1


class InfeasibleError(ClustertradeError):
    """The procedure cannot be computed on this data; the message says why and what would help."""

    exit_code = 1


class UsageError(ClustertradeError):
    """The call itself is wrong: unknown name, unknown option, option out of range."""

    exit_code = 2


class DataError(ClustertradeError):
    """The data cannot be read or is invalid: missing file, text in a number, duplicated key, gap."""

    exit_code = 3


def first_of(items: Iterable[object], most: int = 5) -> str:
    """The first few offenders, and how many more there are: ``Hainan, Tibet (+3 more)``."""
    listed = [str(item) for item in items]
    more = len(listed) - most
    return ", ".join(listed[:most]) + (f" (+{more} more)" if more > 0 else "")
