"""``datapackage.json``: what a folder of raw data holds, and the command that holds folders and descriptions together.

``python -m clustertrade.data.datapackage --check [FOLDER ...]`` compares sha256, bytes, rows, cells, columns, units and
variables with the files; ``--update FOLDER ...`` rewrites the counts and sums after a figure was edited on purpose.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from clustertrade.data import codebook, read, units
from clustertrade.data.digits import number_text
from clustertrade.data.quarantine import refuse
from clustertrade.errors import ClustertradeError, DataError

NAME = "datapackage.json"
REQUIRED = ("name", "id", "title", "kind", "licence", "notes", "sources", "resources")
RESOURCE = ("path", "role", "encoding", "bytes", "sha256", "rows", "cells", "layout", "schema")
ROLES = ("data", "check", "record")


@dataclass(frozen=True)
class Resource:
    """One file of a folder; ``spec`` is its entry in ``datapackage.json``."""

    folder: Path
    spec: dict[str, Any]

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / self.spec["path"]

    @cached_property
    def name(self) -> str:
        """``<folder>/<file>``: the name of the file in messages, in the tidy data and in the quarantine."""
        return f"{self.folder.name}/{self.spec['path']}"

    @property
    def layout(self) -> dict[str, Any]:
        """Which columns hold region, period, variable, value and unit."""
        return self.spec["layout"]

    @cached_property
    def fields(self) -> dict[str, dict[str, Any]]:
        """Column -> its description."""
        return {f["name"]: f for f in self.spec["schema"]["fields"]}

    @cached_property
    def variables(self) -> dict[str, dict[str, Any]]:
        """Name in the file -> the declared variable (of a file of printed figures: the id -> the figure)."""
        return {v.get("published_as", v["name"]): v for v in self.spec.get("variables", [])}

    def group(self, column: str) -> str:
        """Thousands separator that the description declares for a column, empty if none."""
        return self.fields.get(column, {}).get("groupChar", self.spec["schema"].get("groupChar", ""))

    @cached_property
    def missing(self) -> frozenset[str]:
        """Spellings of a missing figure."""
        return frozenset(self.spec["schema"].get("missingValues", [""]))

    @cached_property
    def zero(self) -> frozenset[str]:
        """Spellings of zero other than 0 (a dash in customs tables, where a growth rate is missing then)."""
        return frozenset(self.spec["schema"].get("zeroValues", []))


@dataclass(frozen=True)
class Package:
    """One publication: a folder of ``data/raw``."""

    folder: Path
    spec: dict[str, Any]

    @property
    def id(self) -> str:
        """Source id, ``S04``."""
        return self.spec["id"]

    @cached_property
    def resources(self) -> list[Resource]:
        """The files of the folder in the order of their listing."""
        return [Resource(self.folder, spec) for spec in self.spec["resources"]]


def load(folder: Path) -> Package:
    """The description of a folder.

    Raises
    ------
    DataError
        No ``datapackage.json``, invalid JSON, or a key missing.
    """
    name = f"{folder.name}/{NAME}"
    try:
        spec = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except OSError as error:
        raise refuse(name, None, "", "", f"cannot be read: {error.strerror}",
                     "each folder of data/raw needs one; copy that of a similar folder and edit it") from None
    except ValueError as error:
        raise refuse(name, None, "", "", f"not valid JSON ({error})", "correct the JSON") from None
    absent = [k for k in REQUIRED if k not in spec]
    absent += [f"resources[{i}].{k}" for i, r in enumerate(spec.get("resources", [])) for k in RESOURCE if k not in r]
    if absent:
        raise refuse(name, None, "", ", ".join(absent), "keys are missing", "add them as in the other folders")
    return Package(folder, spec)


def folders(root: Path) -> list[Path]:
    """Folders of ``data/raw`` in the order of their source ids (S01, S02, ..., S91, T1, ...)."""
    return sorted((p.parent for p in root.glob(f"*/{NAME}")), key=lambda p: (*order(p.name.split("-")[0]), p.name))


def order(source_id: str) -> tuple[str, int]:
    """Sorting key of a source id: letter, then number.

    Examples
    --------
    >>> sorted(["T1", "S10", "S9"], key=order)
    ['S9', 'S10', 'T1']
    """
    return source_id[0], int("".join(filter(str.isdigit, source_id)) or 0)


def measure(resource: Resource) -> dict[str, Any]:
    """What a file is: bytes, sha256, rows, cells, header; sizes (without sign and zeros), cells, years by variable."""
    from clustertrade.data.layouts import PRINTED, entries
    from clustertrade.data.quarantine import Quarantine

    raw, kind = resource.path.read_bytes(), resource.layout["kind"]
    read_as = read.grid if kind in PRINTED else read.table
    table = read_as(raw, resource.name, resource.spec["encoding"])
    cells, values = len(table.rows), dict[str, list[tuple[float, str]]]()
    if kind in (*PRINTED, "long", "wide"):
        cells = 0
        for entry in entries(resource, Quarantine(), described=False):
            if entry.value in resource.missing:
                continue
            cells += 1
            text = "0" if entry.value in resource.zero else entry.value
            digits, rule = number_text(text, resource.group(entry.column))
            if not rule and (entry.level or "national") in ("national", "province", "country"):
                values.setdefault(entry.variable, []).append((abs(float(digits)), entry.year))
    summary = {}
    for published, pairs in values.items():
        sizes = [v for v, _ in pairs if v] or [0.0]
        years = sorted(y for _, y in pairs if y)
        summary[published] = {"minimum": float(f"{min(sizes):.3g}"), "median": float(f"{statistics.median(sizes):.3g}"),
                              "maximum": float(f"{max(sizes):.3g}"), "cells": len(pairs)}
        if years:
            summary[published] |= {"first_year": int(years[0]), "last_year": int(years[-1])}
    return {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest(), "rows": len(table.rows), "cells": cells,
            "header": table.header, "variables": summary}


def check(folder: Path) -> list[str]:
    """Differences between a folder and its description, as sentences; empty when there are none."""
    package = load(folder)
    faults = []
    if not (folder / "source.bib").is_file() or f"{{{package.id}," not in (folder / "source.bib").read_text("utf-8"):
        faults.append(f"{folder.name}/source.bib: no entry {package.id}")
    listed = {r.spec["path"] for r in package.resources}
    extra = {p.name for p in folder.iterdir()} - listed - {NAME, "source.bib"}
    faults += [f"{folder.name}/{name}: not listed in {NAME}" for name in sorted(extra)]
    for resource in package.resources:
        if resource.spec["role"] not in ROLES:
            faults.append(f"{resource.name}: role {resource.spec['role']!r} is none of {', '.join(ROLES)}")
        try:
            found = measure(resource)
        except (OSError, ValueError, KeyError, DataError) as error:
            faults.append(f"{resource.name}: cannot be read as described ({type(error).__name__}: {error})")
            continue
        for key in ("bytes", "sha256", "rows", "cells"):
            if found[key] != resource.spec[key]:
                faults.append(f"{resource.name}: {key} is {found[key]}, {NAME} says {resource.spec[key]}")
        if found["header"] != list(resource.fields):
            faults.append(f"{resource.name}: columns are {found['header']}, {NAME} says {list(resource.fields)}")
        for published, summary in found["variables"].items():
            declared = resource.variables.get(published)
            if declared is None:
                faults.append(f"{resource.name}: variable {published!r} is not declared")
            else:
                faults += _variable_faults(resource, declared, summary)
    return faults


def _variable_faults(resource: Resource, declared: dict[str, Any], summary: dict[str, Any]) -> list[str]:
    name, where = declared["name"], f"{resource.name}: {declared['name']}"
    faults = [f"{where}: {k} is {v}, {NAME} says {declared.get(k)}" for k, v in summary.items() if declared.get(k) != v]
    unit, entry = units.find(declared["unit"]), codebook.variables().get(name)
    if unit is None:
        faults.append(f"{where}: unit {declared['unit']!r} is not in codebooks/units.csv")
    elif entry is not None and entry["unit"] != unit.base:
        faults.append(f"{where}: the codebook says {entry['unit']}, its unit leads to {unit.base}")
    if entry is None and resource.spec["role"] == "data" and not declared.get("definition"):
        faults.append(f"{where}: neither in codebooks/variables.csv nor defined here")
    return faults


def update(folder: Path) -> None:
    """Rewrite bytes, sha256, rows, cells and the summaries of the variables from the files of a folder."""
    package = load(folder)
    for resource in package.resources:
        try:
            found = measure(resource)
        except (OSError, ValueError, KeyError) as error:
            raise DataError(f"{resource.name}: cannot be read as described ({type(error).__name__}: {error}); correct "
                            f"the file or its entry in {NAME}") from None
        resource.spec.update({k: found[k] for k in ("bytes", "sha256", "rows", "cells")})
        for published, summary in found["variables"].items():
            if published in resource.variables:
                resource.variables[published].update(summary)
    text = json.dumps(package.spec, ensure_ascii=False, indent=1) + "\n"
    (folder / NAME).write_text(text, encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Command line: 0 all agree, 3 something differs."""
    parser = argparse.ArgumentParser(prog="python -m clustertrade.data.datapackage", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare files with their descriptions (default)")
    parser.add_argument("--update", action="store_true", help="rewrite counts and sums of the folders named")
    parser.add_argument("folders", nargs="*", type=Path, help="default: every folder of data/raw")
    args = parser.parse_args(argv)
    if args.update and not args.folders:
        parser.error("--update wants the folders to be named")
    chosen = args.folders or folders(Path("data/raw"))
    faults: list[str] = []
    try:
        for folder in chosen if args.update else ():
            update(folder)
        faults += [fault for folder in chosen for fault in check(folder)]
    except ClustertradeError as error:
        faults.append(str(error))
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(chosen)} folders, {len(faults)} differences")
    return 3 if faults or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
