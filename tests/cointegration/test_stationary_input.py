"""Tests of cointegration say where a variable looks stationary, and mostly keep silent where it does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.regression.integration import stationary_levels
from clustertrade.report.cautions import in_words

PANEL = ("pedroni", "kao", "westerlund", "fisher-johansen")
SERIES = ("engle-granger", "phillips-ouliaris", "johansen", "gregory-hansen")
SAID = "stationary: a cointegration test presumes I(1) variables"


def frame(n, t, seed):
    rng = np.random.default_rng(seed)
    walk, other = rng.standard_normal((2, n, t)).cumsum(2)
    noise = rng.standard_normal((n, t))
    return pd.DataFrame({"i": np.repeat(range(n), t), "t": np.tile(range(t), n), "x": walk.ravel(), "y": other.ravel(),
                         "z": noise.ravel()})


@pytest.mark.parametrize("name", PANEL + SERIES)
def test_a_stationary_regressor_is_named_in_both_languages(name):
    panel = name in PANEL
    data = frame(12 if panel else 1, 40 if panel else 120, 5)
    axes = {"entity": "i", "time": "t"} if panel else {"time": "t"}
    assert not any(SAID in w for w in ct.test(name, data, y="y", x=["x"], **axes).warnings)
    found = [w for w in ct.test(name, data, y="y", x=["z"], **axes).warnings if SAID in w]
    assert found == [f"a quick ADF test calls z (p < 0.001) {SAID}, and rejection is then no evidence of a long-run "
                     "relation"]
    said = in_words(found[0])
    assert said["zh"].startswith("快速 ADF 检验认为 z (p < 0.001) 平稳") and "called z" not in said["en"]


def test_bounds_tests_allow_for_stationary_regressors():
    data = frame(1, 120, 5)
    assert not any(SAID in w for w in ct.test("ardl-bounds", data, y="y", x=["z"], time="t").warnings)


@pytest.mark.parametrize("loading", [0.0, 1.0])
def test_false_alarms_are_rare(loading):
    """Also with a common random walk, whose loadings differ."""
    rng = np.random.default_rng(20260101)
    walks = rng.standard_normal((200, 20, 30)).cumsum(2)
    factor = rng.standard_normal((200, 1, 30)).cumsum(2) * rng.uniform(0.5, 1.5, (200, 20, 1))
    panels = [ct.Panel.from_frame(pd.DataFrame({"i": np.repeat(range(20), 30), "t": np.tile(range(30), 20),
                                                "x": w.ravel()}), entity="i", time="t")
              for w in walks + loading * factor]
    assert np.mean([bool(stationary_levels(p)) for p in panels]) < 0.05
