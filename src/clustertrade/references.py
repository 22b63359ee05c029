"""References by key: ``references.bib`` is the one place of a DOI."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ENTRY = re.compile(r"@(\w+)\{([^,]+),(.*?)\n\}", re.S)
FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*?)\},?\s*$", re.M)


@cache
def _entries() -> dict[str, dict[str, str]]:
    text = (Path(__file__).parent / "references.bib").read_text(encoding="utf-8")
    return {key: {"type": kind, **dict(FIELD.findall(body))} for kind, key, body in ENTRY.findall(text)}


def reference(key: str) -> dict[str, str | None]:
    """The citation in words and its DOI (None where the work has none)."""
    try:
        entry = _entries()[key]
    except KeyError:
        raise KeyError(f"references.bib has no entry {key!r}") from None
    where = entry.get("journal") or entry.get("booktitle") or entry.get("publisher") or entry.get("howpublished", "")
    volume = entry.get("volume", "") + (f"({entry['number']})" if "number" in entry else "")
    pages = entry.get("pages", "").replace("--", "-")
    place = ", ".join(part for part in (where, volume, pages) if part)
    text = f"{entry['author'].replace(' and ', '; ')} ({entry['year']}). {entry['title']}. {place}."
    return {"text": text.replace("{", "").replace("}", ""), "doi": entry.get("doi")}
