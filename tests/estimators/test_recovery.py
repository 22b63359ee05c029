"""The published recovery of long-run estimators is what the code gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.estimators import recovery

TABLE = pd.read_csv(recovery.FOLDER / "longrun.csv").set_index(["design", "estimator", "N", "T"])


def test_every_estimator_design_and_size_is_published():
    assert set(TABLE.index) == {(d, e, n, t) for d in recovery.DESIGNS for e in recovery.ESTIMATORS
                                for n, t in recovery.SIZES}
    assert (recovery.FOLDER / "longrun.md").read_text(encoding="utf-8") == recovery.text(TABLE.reset_index())


@pytest.mark.parametrize(("design", "label"), [("endogenous", "dols group, robust"), ("heterogeneous", "pmg"),
                                               ("factor", "cs-dl")])
def test_cells_are_drawn_again(design, label):
    """The first panels of a cell, against what all of its panels gave."""
    published = TABLE.loc[(design, label, 10, 22)]
    now = recovery.cell(design, label, 10, 22, draws=25)
    spread = np.sqrt(max(published["rmse"] ** 2 - published["bias"] ** 2, 1e-8))
    assert abs(now["bias"] - published["bias"]) < 4 * spread / 5
    assert abs(now["coverage"] - published["coverage"]) < 4 * np.sqrt(0.25 / 25)


@pytest.mark.slow
@pytest.mark.parametrize("label", ["fmols group, robust", "dols pooled", "pmg, robust", "dfe, clustered", "cs-ardl"])
@pytest.mark.parametrize("design", recovery.DESIGNS)
def test_whole_cells_are_drawn_again(design, label):
    published = TABLE.loc[(design, label, 25, 22)]
    now = recovery.cell(design, label, 25, 22, draws=int(published["draws"]))
    assert np.isclose(now["median_bias"], published["median_bias"], rtol=1e-4, atol=1e-5)
    assert now["coverage"] == pytest.approx(published["coverage"], abs=1e-6)      # printed with six digits
