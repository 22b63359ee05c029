"""Where the raw data are, and copies of them to break."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path

from clustertrade.data import datapackage
from clustertrade.data.clean import Cleaned, clean_source

RAW = Path(__file__).parents[2] / "data" / "raw"
FOLDERS = datapackage.folders(RAW)
FIXTURES = Path(__file__).parent / "fixtures"


def folder(source_id: str) -> Path:
    """The folder of a source."""
    return next(f for f in FOLDERS if f.name.split("-")[0] == source_id)


@cache
def cleaned(source_id: str) -> Cleaned:
    """A source as it is, cleaned once a session."""
    return clean_source(folder(source_id))


def copy(source: Path, tmp_path: Path) -> Path:
    """A copy of a raw folder that a test may damage."""
    return Path(shutil.copytree(source, tmp_path / source.name))


def edit(target: Path, path: str, change) -> None:
    """Rewrite the bytes of a file of a copied folder."""
    file = target / path
    file.write_bytes(change(file.read_bytes()))


def describe(target: Path, change) -> None:
    """Rewrite the description of a copied folder."""
    spec = json.loads((target / "datapackage.json").read_text(encoding="utf-8"))
    change(spec)
    (target / "datapackage.json").write_text(json.dumps(spec, ensure_ascii=False), encoding="utf-8")
