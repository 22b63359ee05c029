"""Which statistic of a test is read, and what it says at a level: rules that tables and sentences share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LEVEL = 0.05
STATISTIC = {
    "llc": "t*", "breitung": "lambda", "ips": "W-t-bar", "fisher-adf": "Z", "fisher-pp": "Z", "adf": "t", "dfgls": "t",
    "pp": "Zt", "kpss": "eta", "ers": "P-T", "zivot-andrews": "t", "hadri": "Z", "harris-tzavalis": "z", "cips": "CIPS",
    "pedroni": "group-ADF", "kao": "ADF", "engle-granger": "t", "phillips-ouliaris": "Zt", "gregory-hansen": "ADF*",
    "ardl-bounds": "F", "westerlund": "Gt", "cd": "CD", "dumitrescu-hurlin": "Z-bar-tilde", "granger": "F",
    "westerlund-edgerton": "LM+", "cce-cointegration": "CADF_P", "toda-yamamoto": "F", "hausman": "chi2",
    "mundlak": "chi2", "johansen": "trace r<=0",
}
"""The statistic that the literature recommends where a test reports several."""
STATIONARITY = frozenset({"kpss", "hadri"})                # their null is the other tests' alternative
COINTEGRATED = frozenset({"westerlund-edgerton"})          # the null is a long run: rejecting speaks against one
SMALL_REJECTS = frozenset({"adf", "dfgls", "pp", "ers", "zivot-andrews", "cips", "engle-granger", "phillips-ouliaris",
                           "gregory-hansen", "llc", "ips", "breitung"})
PRESUMES_INDEPENDENCE = frozenset({"llc", "breitung", "ips", "fisher-adf", "fisher-pp", "hadri", "harris-tzavalis"})
ALLOWS_DEPENDENCE = frozenset({"cips", "panic", "moon-perron"})


def chosen(result: Mapping[str, Any]) -> dict[str, Any]:
    """The statistic of a test that is read: the recommended one, else the first."""
    wanted = STATISTIC.get(result["name"])
    return next((s for s in result["statistics"] if s["name"] == wanted), result["statistics"][0])


def rejects(result: Mapping[str, Any], statistic: Mapping[str, Any] | None = None,
            level: float = LEVEL) -> bool | None:
    """Whether the null is rejected, by the p-value or else the critical value; None where neither is there."""
    read = statistic or chosen(result)
    if read["pvalue"] is not None:
        return read["pvalue"] < level
    critical = (read.get("critical") or {}).get(f"{level:g}")
    if critical is None or read["value"] is None:
        return None
    return read["value"] < critical if result["name"] in SMALL_REJECTS else read["value"] > critical


def asymptotic(result: Mapping[str, Any], statistic: Mapping[str, Any]) -> float | None:
    """The p-value of the limit distribution; where a bootstrap was drawn, it stands in ``details`` or is none."""
    if not _bootstrapped(result):
        return statistic["pvalue"]
    limit = result["details"].get("pvalues_normal") or result["details"].get("pvalues_asymptotic") or {}
    return limit.get(statistic["name"])


def drawn(result: Mapping[str, Any], statistic: Mapping[str, Any]) -> float | None:
    """The bootstrap p-value of a statistic, None where none was drawn."""
    return statistic["pvalue"] if _bootstrapped(result) else None


def _bootstrapped(result: Mapping[str, Any]) -> bool:
    details = result["details"]
    return details.get("pvalues_normal") is not None or bool(details.get("bootstrap_replications"))


def holm(pvalues: Sequence[float]) -> list[float]:
    """Holm's step-down p-values: the chance of one false rejection among all stays below the level.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(pvalues)), key=lambda i: pvalues[i])
    adjusted, largest = [0.0] * len(pvalues), 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(pvalues) - rank) * pvalues[i]))
        adjusted[i] = largest
    return adjusted
