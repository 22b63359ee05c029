"""Several sources of one series: which one is taken, by the visible rule of ``codebooks/priority.csv``.

``series`` takes the whole series of a level and frequency from the first source that has it: nothing is spliced.
``cells`` takes each figure from the first source that has it, where sources give one year each.  ``apart`` keeps every
source by itself, because the figures contradict one another.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from clustertrade.data.codebook import rows
from clustertrade.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

MODES = ("series", "cells", "apart")
CELL = ["level", "region_code", "freq", "period"]


class Priority(NamedTuple):
    """One rule: the sources of a variable, best first, each with the name that it uses."""

    variable: str
    mode: str
    sources: tuple[tuple[str, str], ...]
    reason: str


@lru_cache
def priorities() -> dict[str, Priority]:
    """The rules by variable; a source without a name of its own uses that of the rule."""
    rules = {}
    for r in rows("priority"):
        pairs = [tuple(s.split(":")) if ":" in s else (s, r["variable"]) for s in r["sources"].split("|")]
        rules[r["variable"]] = Priority(r["variable"], r["mode"], tuple((p[0], p[1]) for p in pairs), r["reason"])
    return rules


def choose(tidy: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One figure a variable, region and period, from the tidy rows of all sources.

    Parameters
    ----------
    tidy : DataFrame
        Rows of any number of sources, columns as in :attr:`clustertrade.data.clean.Cleaned.tidy`.

    Returns
    -------
    (chosen, differences)
        ``chosen`` has the columns of ``tidy``; a rule that joins several names adds a variable under its own name
        (``gdp``) and the single vintages stay.  ``differences`` has a row a figure that another source gives too:
        ``variable, level, region_code, region_en, period, chosen_source, chosen_value, other_source, other_variable,
        other_value, ratio``.

    Raises
    ------
    DataError
        A variable comes from several sources and no rule orders them.
    """
    import numpy as np
    import pandas as pd

    rows_of = tidy.groupby(["source_id", "variable"], sort=False).indices
    names = [variable for _, variable in rows_of]
    unruled = sorted({v for v in names if names.count(v) > 1} - set(priorities()))
    if unruled:
        first = unruled[0]
        sources = ", ".join(sorted(s for s, v in rows_of if v == first))
        raise DataError(f"{first} comes from several sources ({sources}) and codebooks/priority.csv does not order "
                        f"them; add a row there, or name the source as in {sources.split(', ')[0]}:{first}")
    keep, added, differing = np.ones(len(tidy), dtype=bool), [], []
    for rule in priorities().values():
        ranked = [(k, rows_of[pair]) for k, pair in enumerate(rule.sources) if pair in rows_of]
        if not ranked or rule.mode == "apart":
            continue
        candidates = pd.concat([tidy.iloc[at].assign(rank=k) for k, at in ranked])
        by = ["level", "freq"] if rule.mode == "series" else CELL
        best = candidates["rank"] == candidates.groupby(by)["rank"].transform("min")
        taken = candidates[best].drop_duplicates(CELL)
        differing.append(_differences(rule, taken, candidates[~best]))
        for pair in rule.sources:
            if pair in rows_of and pair[1] == rule.variable:
                keep[rows_of[pair]] = False
        added.append(taken.assign(variable=rule.variable).drop(columns="rank"))
    chosen = pd.concat([tidy[keep], *added], ignore_index=True)
    return chosen, pd.concat(differing, ignore_index=True) if differing else pd.DataFrame(columns=DIFFERENCES)


DIFFERENCES = ["variable", "level", "region_code", "region_en", "period", "chosen_source", "chosen_value",
               "other_source", "other_variable", "other_value", "ratio"]


def _differences(rule: Priority, taken: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    left = taken[[*CELL, "region_en", "source_id", "value"]]
    right = others[[*CELL, "source_id", "variable", "value"]]
    both = left.merge(right, on=CELL, suffixes=("_chosen", "_other"))
    both = both.rename(columns={"source_id_chosen": "chosen_source", "value_chosen": "chosen_value",
                                "source_id_other": "other_source", "variable": "other_variable",
                                "value_other": "other_value"})
    return both.assign(variable=rule.variable, ratio=both["other_value"] / both["chosen_value"].where(
        both["chosen_value"] != 0))[DIFFERENCES]


def compare(tidy: pd.DataFrame) -> list[dict[str, Any]]:
    """Each rule with the sources that it passed over: shared figures, how many differ by more than 1 %, the worst."""
    known = tidy[tidy["variable"].isin({v for p in priorities().values() for _, v in p.sources})]
    _, differences = choose(known)
    found = []
    for keys, part in differences.groupby(["variable", "chosen_source", "other_source", "other_variable"], sort=True):
        away = (part["ratio"] - 1).abs().fillna(0.0)
        worst = part.loc[away.idxmax()]
        found.append({
            "variable": keys[0], "chosen": keys[1], "other": f"{keys[2]}:{keys[3]}", "shared": len(part),
            "beyond_1_percent": int((away > 0.01).sum()), "largest": float(away.max()),
            "worst": f"{worst['region_en']} {worst['period']}", "reason": priorities()[keys[0]].reason,
        })
    return found
