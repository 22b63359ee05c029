"""The generated index of procedures: names, titles and options without importing a single method."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from clustertrade.errors import UsageError, first_of

INDEX = Path(__file__).parent / "registry_index.json"


@cache
def index() -> dict[str, dict[str, Any]]:
    """Facts about every procedure, by name, in the order of families."""
    return {row["name"]: row for row in json.loads(INDEX.read_text(encoding="utf-8"))}


def panel_names(family: str) -> list[str]:
    """The names of a family that take panels."""
    return [row["name"] for row in index().values() if row["family"] == family and row["scope"] != "series"]


def find(name: str, kind: str | None = None) -> dict[str, Any]:
    """The facts of one procedure.

    Raises
    ------
    UsageError
        For a name that is not there, or is of another kind.
    """
    row = index().get(name)
    if row is None:
        near = difflib.get_close_matches(name, index(), 3)
        raise UsageError(f"no procedure is called {name}" + (f"; near it: {', '.join(near)}" if near else "")
                         + " (clustertrade list shows all)")
    if kind is not None and row["kind"] != kind:
        raise UsageError(f"{name} is of the kind {row['kind']}: clustertrade {row['kind']} {name}")
    return row


def scope(row: Mapping[str, Any]) -> str:
    """What data a procedure takes, in words."""
    if row["kind"] == "measure":
        return "tidy data"
    return {"series": "one time series", "panel": "panels", "both": "panels or one time series"}[row["scope"]]


def elsewhere(asked: Iterable[str]) -> str:
    """Who takes the options that a procedure does not: the end of its refusal; "" where nobody does.

    >>> elsewhere(["--seasonal"]), elsewhere(["--horizon"])
    ('', '; --horizon is one of event-study, local-projection, panel-var')
    """
    said = []
    for flag in asked:
        name = flag.removeprefix("--").replace("-", "_")
        if takes := [row["name"] for row in index().values() if name in row["options"]]:
            said.append(f"; {flag} is one of {first_of(takes, 12)}")
    return "".join(said)
