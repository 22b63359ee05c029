"""The reference results of tests/goldens_measures."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "goldens_measures"


def golden(name):
    """Inputs, outputs and all else of one file."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def long(matrix, rows="region", columns="industry"):
    """A matrix of regions by industries as tidy rows, named r0, r1, ... and i0, i1, ..."""
    import pandas as pd

    return pd.DataFrame([{rows: f"{rows[0]}{i:02d}", columns: f"{columns[0]}{j:02d}", "jobs": v}
                         for i, line in enumerate(matrix) for j, v in enumerate(line)])
