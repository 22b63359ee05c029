"""From a reference case to a run of ours and the numbers that must agree.

Each module in ``maps`` serves methods of one file in ``outputs`` and has

- ``GROUP``: the file's stem, such as ``20_panel_unitroot``;
- ``METHODS``: the set of the case methods that it maps;
- ``NOT_OFFERED: dict[str, str]``: methods without a name in the contract, or not to be reproduced, and why;
- ``to_case(raw) -> Case | None``: the run of ours that a raw case stands for, and the checks (None: not offered).
"""

from __future__ import annotations

import importlib
import json
import math
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

HERE = Path(__file__).parent


# "mackinnon": p-values that the program reads off MacKinnon's (1996) simulated quantiles, where ours is the exact law.
# "simulated": the same where ours is simulated too (Engle-Granger).
TOLERANCES = {"algebraic": (1e-6, 1e-8), "pvalue": (0.0, 1e-4), "iterated": (1e-4, 1e-6), "mackinnon": (0.0, 2e-4),
              "simulated": (0.0, 6e-4)}


@dataclass(frozen=True)
class Check:
    """One number: its label, how to get ours, theirs, and the tolerance of its kind."""

    label: str
    get: Callable[[Any], float | None]
    theirs: float | str | None
    kind: str = "algebraic"


@dataclass(frozen=True)
class Case:
    """A run of ours and what the reference program says."""

    id: str
    tool: str
    run: Callable[[], Any]
    checks: tuple[Check, ...]


def agrees(ours: float | None, theirs: float | str | None, kind: str) -> bool:
    """A number by the tolerance of its kind; a string, as printed, by half a unit of its last digit."""
    if theirs is None or ours is None:
        return theirs is None and ours is None
    if isinstance(theirs, str):
        mantissa, _, exponent = theirs.lower().partition("e")
        return abs(ours - float(theirs)) <= 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    rtol, atol = TOLERANCES[kind]
    return math.isclose(ours, theirs, rel_tol=rtol, abs_tol=atol)


def disagreements(get: Callable[[Any], Any], theirs: list[float | None],
                  kind: str = "algebraic") -> Callable[[Any], float]:
    """How many entries of a column of ours disagree with theirs; to be held to 0."""
    def count(result: Any) -> float:
        ours = list(get(result))
        return float(abs(len(ours) - len(theirs)) + sum(not agrees(float(a), b, kind)
                                                        for a, b in zip(ours, theirs, strict=False)))
    return count


@cache
def frame(file: str) -> pd.DataFrame:
    """An input data set."""
    return pd.read_csv(HERE / "inputs" / file)


def statistic(name: str) -> Callable[[Any], float | None]:
    """The value of a statistic by name."""
    return lambda result: result[name].value


def pvalue(name: str) -> Callable[[Any], float | None]:
    """The p-value of a statistic by name."""
    return lambda result: result[name].pvalue


def entities(key: str) -> Callable[[Any], np.ndarray]:
    """A column of ``details.entities``."""
    return lambda result: np.array([row[key] for row in result.details["entities"]], dtype=float)


def maps() -> list[Any]:
    """The modules in ``maps``."""
    return [importlib.import_module(f"tests.goldens.maps.{m.name}") for m in pkgutil.iter_modules([str(HERE / "maps")])]


def cases() -> Iterator[tuple[Case, dict[str, Any] | None]]:
    """Every mapped case, with its entry in ``differences`` where there is one."""
    for module in maps():
        differences = read_differences(module.GROUP)
        for raw in raw_cases(module.GROUP):
            if raw["method"] in module.METHODS and (case := module.to_case(raw)) is not None:
                yield case, differences.get(raw["id"])


@cache
def read_differences(group: str) -> dict[str, Any]:
    """The cases in which we side with the paper against the program: id -> reason, arbiter, ours.

    ``differences/<group>.yaml``, or several files ``<group>-<topic>.yaml``.
    """
    found: dict[str, Any] = {}
    for path in sorted((HERE / "differences").glob(f"{group}*.yaml")):
        found |= yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return found


@cache
def raw_cases(group: str) -> list[dict[str, Any]]:
    """The cases of a file in ``outputs``, and those of the file of its name in ``outputs/more``, marked ``more``."""
    found = json.loads((HERE / "outputs" / f"{group}.json").read_text(encoding="utf-8"))["cases"]
    if (further := HERE / "outputs" / "more" / f"{group}.json").exists():
        found += [{**raw, "more": True} for raw in json.loads(further.read_text(encoding="utf-8"))["cases"]]
    return found


def panel_frame(given: dict[str, Any], column: str | None = None) -> pd.DataFrame:
    """The panel data of a case with its transform applied to the column, sorted by entity and time."""
    entity, time = given["index"]
    column = column or given["column"]
    data = frame(given["file"])[[entity, time, column]].sort_values([entity, time])
    if given.get("transform") == "log":
        data = data.assign(**{column: np.log(data[column])})
    return data
