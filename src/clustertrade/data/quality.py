"""What was found while cleaning: counts, missing figures, flags, ranges, coverage; one report for all sources."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from clustertrade.data import codebook, datapackage, reconcile, regions
from clustertrade.data.reconcile_within import within

if TYPE_CHECKING:
    import pandas as pd

    from clustertrade.data.clean import Cleaned
    from clustertrade.data.datapackage import Package


def of_source(package: Package, cleaned: Cleaned, missing: list[dict[str, Any]], notes: list[dict[str, Any]],
              records: int = 0) -> dict[str, Any]:
    """Quality of one source as plain JSON, without a path, a time or a machine in it.

    Returns
    -------
    dict
        ``source_id, title, kind, files, cells, tidy, missing`` (empty cells of the files)``, coverage`` (per variable:
        levels, regions, years, cells, figures absent from the rectangle of regions and years)``, flags, ranges,
        quarantine`` (rule -> rows)``, notes, warnings, reconciliation, breaks``.
    """
    tidy, warnings, files = cleaned.tidy, [], []
    for resource in package.resources:
        changed = _changed(resource.path, resource.spec["sha256"])
        if changed:
            warnings.append({"file": resource.name, "warning": "sha256_changed",
                             "text": "the file differs from the one described; its figures are used as they are now"})
        files.append({"file": resource.name, "role": resource.spec["role"], "rows": resource.spec["rows"],
                      "cells": resource.spec["cells"], "sha256_changed": changed})
    flags = Counter(f for cell in tidy["flag"] if cell for f in cell.split(";"))
    return {
        "source_id": package.id, "title": package.spec["title"], "kind": package.spec["kind"], "files": files,
        "cells": sum(f["cells"] for f in files), "tidy": len(tidy), "records": records,
        "missing": missing, "coverage": coverage(tidy), "flags": dict(sorted(flags.items())), "ranges": ranges(tidy),
        "quarantine": dict(sorted(Counter(cleaned.quarantine["rule"]).items())),
        "notes": notes, "warnings": warnings, "reconciliation": within(package, cleaned),
        "breaks": list(package.spec["notes"]),
    }


def _changed(path: Any, sha256: str) -> bool:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest() != sha256


def coverage(tidy: pd.DataFrame) -> list[dict[str, Any]]:
    """Per variable, level and frequency: how many regions and years, and which cells of that rectangle are absent.

    For provinces, ``absent_regions`` are those of the 31 without any figure, and ``absent_years`` the years between
    the first and the last in which no province has one.
    """
    import numpy as np
    import pandas as pd

    rows = []
    main = tidy[tidy["level"].isin(["province", "national", "country"]) & (tidy["freq"] != "")]
    region_at, every_code = pd.factorize(main["region_code"], sort=True)
    period_at, every_period = pd.factorize(main["period"], sort=True)
    names = main.drop_duplicates("region_code").set_index("region_code")["region_en"].to_dict()
    grouped = main.groupby(["variable", "level", "freq"], sort=True)
    for (variable, level, freq), at in grouped.indices.items():
        part = main.iloc[at]
        have = np.zeros((len(every_code), len(every_period)), dtype=bool)
        have[region_at[at], period_at[at]] = True
        in_use = have.any(axis=0)
        codes, periods = list(every_code[have.any(axis=1)]), list(every_period[in_use])
        gaps = {names[c]: list(every_period[in_use & ~have[k]]) for k, c in enumerate(every_code) if have[k].any()}
        first, last = int(part["year"].min()), int(part["year"].max())
        years = set(part["year"])
        entry: dict[str, Any] = {
            "variable": variable, "level": level, "freq": freq, "source_id": str(part["source_id"].iloc[0]),
            "regions": len(codes), "first": periods[0], "last": periods[-1], "periods": len(periods),
            "cells": len(part),
            "absent_cells": len(codes) * len(periods) - len(part), "absent": {n: p for n, p in gaps.items() if p},
            "absent_years": [y for y in range(first, last + 1) if y not in years],
            "flagged": int((part["flag"] != "").sum()),
        }
        if level == "province":
            entry["absent_regions"] = [r.name_en for r in regions.provinces() if r.code not in codes]
            entry["by_period"] = {p: int(n) for p, n in part.groupby("period").size().items()} if freq == "A" else {}
        rows.append(entry)
    return rows


def ranges(tidy: pd.DataFrame) -> list[dict[str, Any]]:
    """Per variable and level: base unit, smallest and largest value with region and period."""
    rows = []
    main = tidy[tidy["level"].isin(["province", "national", "country"])]
    for (variable, level), part in main.groupby(["variable", "level"], sort=True):
        low, high = part.loc[part["value"].idxmin()], part.loc[part["value"].idxmax()]
        rows.append({
            "variable": variable, "level": level, "unit": low["unit"], "n": len(part),
            "min": float(low["value"]), "min_at": f"{low['region_en']} {low['period']}",
            "max": float(high["value"]), "max_at": f"{high['region_en']} {high['period']}",
        })
    return rows


def summarise(qualities: list[dict[str, Any]], tidy: pd.DataFrame | None = None) -> dict[str, Any]:
    """One report for all sources.

    Parameters
    ----------
    qualities : list of dict
        :attr:`Cleaned.quality` of each source, in any order.
    tidy : DataFrame, optional
        The tidy rows of all sources together; with them the sources are reconciled with one another and the
        vintages of the same series compared.

    Returns
    -------
    dict
        ``sources, totals, coverage, flags, breaks, reconciliation, quarantine, warnings, vintages, missing``.

    Examples
    --------
    >>> summarise([])["totals"]["cells"]
    0
    """
    from clustertrade.data import vintages

    ordered = sorted(qualities, key=lambda q: datapackage.order(q["source_id"]))
    rejected: Counter[str] = Counter()
    for q in ordered:
        rejected.update(q["quarantine"])
    own = [{"source_id": q["source_id"], **check} for q in ordered for check in q["reconciliation"]]
    keys = ("source_id", "title", "kind", "cells", "tidy", "records")
    return {
        "sources": [{k: q[k] for k in keys} | {
            "missing": len(q["missing"]), "quarantined": sum(q["quarantine"].values()),
            "flagged": sum(q["flags"].values())} for q in ordered],
        "totals": {k: sum(q[k] for q in ordered) for k in ("cells", "tidy", "records")}
        | {"missing": sum(len(q["missing"]) for q in ordered), "quarantined": sum(rejected.values())},
        "coverage": [c for q in ordered for c in q["coverage"]],
        "flags": [{"source_id": q["source_id"], "flag": f, "cells": n} for q in ordered for f, n in q["flags"].items()],
        "breaks": _breaks(ordered),
        "reconciliation": own + (reconcile.across(tidy) if tidy is not None else []),
        "quarantine": dict(sorted(rejected.items())),
        "warnings": [{"source_id": q["source_id"], **w} for q in ordered for w in q["warnings"]],
        "vintages": vintages.compare(tidy) if tidy is not None else [],
        "missing": [{"source_id": q["source_id"], **m} for q in ordered for m in q["missing"]],
    }


def _breaks(qualities: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Breaks of definition: by variable from the codebook, by source from its description."""
    present = {c["variable"] for q in qualities for c in q["coverage"]}
    by_variable = [{"variable": v, "source_id": "", "en": row["breaks"], "zh": row["breaks_zh"]}
                   for v, row in codebook.variables().items() if row["breaks"] and v in present]
    return by_variable + [{"variable": "", "source_id": q["source_id"], "en": text, "zh": ""}
                          for q in qualities for text in q["breaks"]]
