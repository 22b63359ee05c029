"""The grid of a specification curve: what is expanded, what is counted, and the size of its joint test."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clustertrade.regression.curve import Design
from clustertrade.study.load import Study
from clustertrade.study.specifications import count, expand, specifications
from tests.report import simulated

CURVE = {"y": ["y"], "x": ["x"], "controls": ["z"], "samples": ["all"], "estimators": ["fe", "twoway"],
         "cov": ["clustered"], "bootstrap": 99}


def run(frame, curve=None, seed=7):
    study = Study({"study": {"name": "toy", "title": "toy", "seed": seed}, "specifications": {"c": curve or CURVE}},
                  simulated.Path("toy.yaml"))
    return specifications(study, "c", {"all": frame}, lambda text: None)["results"][0]


def walks(rng, n=25, t=10, slope=0.0):
    x, z, y = rng.standard_normal((3, n, t)).cumsum(2)
    names = [f"p{k:02d}" for k in range(n)]
    return pd.DataFrame({"entity": np.repeat(names, t), "region_en": np.repeat(names, t), "region_zh": "",
                         "group3": "east", "group4": "east", "time": np.tile([str(2001 + s) for s in range(t)], n),
                         "x": x.ravel(), "z": z.ravel(), "y": (y + slope * x).ravel()})


def test_every_subset_of_blocks_and_what_is_always_there():
    designs = expand({"y": ["y"], "x": ["a", "b"], "always": ["c"], "controls": ["a", ["d", "e"]]})
    assert designs[:4] == [Design("y", "a", ("c",)), Design("y", "a", ("c",)), Design("y", "a", ("c", "d", "e")),
                           Design("y", "a", ("c", "d", "e"))]
    assert {d.controls for d in designs if d.x == "b"} == {("c",), ("c", "a"), ("c", "d", "e"), ("c", "a", "d", "e")}


def test_each_specification_stands_once_and_sorted():
    result = run(walks(np.random.default_rng(1)), {**CURVE, "cov": ["clustered", "robust"], "controls": ["z"]})
    assert len(result["rows"]) == count({**CURVE, "cov": ["clustered", "robust"]}) == 8
    values = [r["standardised"] for r in result["rows"]]
    assert values == sorted(values) and result["designs"] == 4
    shares = result["summary"]
    assert shares["right_sign"] == np.mean([v > 0 for v in values])
    again = run(walks(np.random.default_rng(1)), {**CURVE, "cov": ["clustered", "robust"]})
    assert again == result


def test_the_joint_test_keeps_its_size_and_finds_an_effect():
    """Walks that have nothing to do with each other, over 25 entities: 200 true nulls at 5 %, three statistics."""
    rng = np.random.default_rng(2)
    rejected = np.array([[row["pvalue"] <= 0.05 for row in run(walks(rng), seed=s)["joint"]] for s in range(200)])
    assert (rejected.mean(0) >= 0.01).all() and (rejected.mean(0) <= 0.1).all()
    found = [row["pvalue"] for row in run(walks(rng, slope=1.0))["joint"]]
    assert max(found) <= 0.05
