"""The fixed vocabulary of tables and figures: ``en.yaml`` and ``zh.yaml``, the same keys in both."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

LANGUAGES = ("en", "zh")
NOT_A_TEXT = frozenset({"nan", "none", "<na>", "nat", "null", "inf", "-inf"})

Text = str | Mapping[str, str]
"""A string that is the same in every language (a symbol, a number), or ``{"en": ..., "zh": ...}``."""


def checked_text(value: Any, where: str) -> Text:
    """The text itself, if it can be printed in every language; otherwise ValueError saying where."""
    for lang in LANGUAGES:
        if isinstance(value, Mapping) and not isinstance(value.get(lang), str):
            raise ValueError(f"{where}: the text {dict(value)!r} has no {lang!r}")
    if not isinstance(value, (str, Mapping)):
        raise ValueError(f"{where}: a text is a string or {{'en': ..., 'zh': ...}}, not {value!r}")
    if isinstance(value, str) and value.strip().lower() in NOT_A_TEXT:
        raise ValueError(f"{where}: {value!r} is a missing value, not a text; leave the cell out and it prints a dash")
    return value


def in_language(value: Text, lang: str) -> str:
    """The text in one language; ValueError for a language that tables do not have."""
    if lang not in LANGUAGES:
        raise ValueError(f"tables are printed in {', '.join(LANGUAGES)}; not in {lang!r}")
    return value if isinstance(value, str) else value[lang]


@cache
def vocabulary(lang: str) -> Mapping[str, str]:
    """All words of a language by dotted key (``procedure.ips.title``)."""
    import yaml

    if lang not in LANGUAGES:
        raise ValueError(f"the vocabulary is in {', '.join(LANGUAGES)}; not in {lang!r}")
    source = files(__package__).joinpath(f"{lang}.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return MappingProxyType(dict(_flat(yaml.load(source, Loader=loader), lang)))


def word(key: str, lang: str) -> str:
    """The word for ``key``.

    Raises
    ------
    KeyError
        For a key that the vocabulary lacks, naming close ones and the file to complete.

    Examples
    --------
    >>> word("observations", "en"), word("observations", "zh")
    ('Observations', '观测值')
    """
    words = vocabulary(lang)
    if key not in words:
        close = difflib.get_close_matches(key, words, n=3)
        hint = f"; close to it are {', '.join(close)}" if close else ""
        raise KeyError(f"render/words/{lang}.yaml has no {key!r}{hint}")
    return words[key]


def both(key: str, **values: object) -> dict[str, str]:
    """The word in every language, as a table's text: ``{"en": ..., "zh": ...}``.

    ``values`` fill the placeholders of a sentence; a value that is itself a text is put in in the same language.

    >>> both("note.lags-fixed", lags=2)
    {'en': '2 lags', 'zh': '滞后 2 阶'}
    """
    made = {}
    for lang in LANGUAGES:
        filled = {name: value[lang] if isinstance(value, Mapping) else value for name, value in values.items()}
        made[lang] = word(key, lang).format(**filled) if values else word(key, lang)
    return made


def _flat(tree: Mapping[Any, Any], lang: str, prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        # YAML reads a bare yes, no, on, off as a boolean, and a bare 0.1 as a number
        if not isinstance(key, str) or not isinstance(value, (str, Mapping)):
            raise ValueError(f"render/words/{lang}.yaml: quote {prefix}{key}: {value!r}, YAML does not read it as text")
        if isinstance(value, Mapping):
            yield from _flat(value, lang, f"{prefix}{key}.")
        else:
            yield prefix + key, value
