"""Warnings of procedures in the words of both languages.

A procedure warns in English; a sentence that is known here is said in Chinese too, any other stays as it is.
"""

from __future__ import annotations

import re
from typing import Any

from clustertrade.render.words import Text, both

KNOWN: tuple[tuple[re.Pattern[str], str], ...] = ()


def in_words(warning: str, study: Any = None) -> Text:
    """The warning in both languages, as far as it is known; else the English one in both."""
    for pattern, key in KNOWN:
        if found := pattern.fullmatch(warning):
            return both(f"caution.{key}", **found.groupdict())
    return warning
