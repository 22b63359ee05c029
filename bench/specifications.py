"""A specification curve of 2,048 models at once, beside the same models one by one in pyfixest and linearmodels.

python bench/specifications.py
"""

from __future__ import annotations

import time
from itertools import combinations

import numpy as np
import pandas as pd

from clustertrade.panel import Panel
from clustertrade.regression.curve import Curve, Design

ENTITIES, PERIODS, CONTROLS, SAMPLE = 31, 8, 9, 40


def frame() -> pd.DataFrame:
    """Noise under the shape of the study of provinces."""
    rng = np.random.default_rng(1)
    data = {f"c{k}": rng.standard_normal(ENTITIES * PERIODS) for k in range(CONTROLS)}
    data |= {"y": rng.standard_normal(ENTITIES * PERIODS), "x": rng.standard_normal(ENTITIES * PERIODS)}
    return pd.DataFrame({"i": np.repeat(range(ENTITIES), PERIODS), "t": np.tile(range(PERIODS), ENTITIES), **data})


def main() -> None:
    """Print seconds of wall clock; those of the peers are of a sample of models, scaled up."""
    import pyfixest
    from linearmodels import PanelOLS

    data = frame()
    names = [f"c{k}" for k in range(CONTROLS)]
    designs = [Design("y", "x", some) for k in range(CONTROLS + 1) for some in combinations(names, k)]
    panel = Panel.from_frame(data, entity="i", time="t")
    start = time.perf_counter()
    betas = {}
    draws = np.random.default_rng(1).choice([-1.0, 1.0], size=(999, ENTITIES))
    for estimator in ("fe", "twoway", "pooled", "fd"):
        curve = Curve(panel, ["y"], ["x", *names], estimator)
        for solved in curve.solve(designs):
            curve.inference(solved, "clustered", 0.05)
            curve.signs(solved, draws)
            betas |= {(estimator, designs[i]): b for i, b in zip(solved.at, solved.beta, strict=True)}
    print(f"clustertrade: {len(betas)} models with 999 joint draws   {time.perf_counter() - start:7.2f} s")
    chosen = [designs[i] for i in np.linspace(0, len(designs) - 1, SAMPLE).astype(int)]
    start = time.perf_counter()
    for d in chosen:
        right = " + ".join([d.x, *d.controls])
        theirs = pyfixest.feols(f"y ~ {right} | i + t", data, vcov={"CRV1": "i"})
        assert abs(theirs.coef()["x"] - betas["twoway", d]) < 1e-8
    scale = len(betas) / SAMPLE
    print(f"pyfixest one by one, no joint test (from {SAMPLE})      {(time.perf_counter() - start) * scale:7.2f} s")
    indexed = data.set_index(["i", "t"])
    start = time.perf_counter()
    for d in chosen:
        theirs = PanelOLS(indexed["y"], indexed[[d.x, *d.controls]], entity_effects=True, time_effects=True).fit(
            cov_type="clustered", cluster_entity=True)
        assert abs(theirs.params["x"] - betas["twoway", d]) < 1e-8
    print(f"linearmodels one by one, no joint test (from {SAMPLE})  {(time.perf_counter() - start) * scale:7.2f} s")


if __name__ == "__main__":
    main()
