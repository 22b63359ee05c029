"""What the causality tests warn of is known to the report in both languages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.report.cautions import in_words
from tests.causality.test_dumitrescu_hurlin import frame, panels
from tests.causality.test_emirmahmutoglu_kose import walks
from tests.causality.test_panel_vecm import draw


def warned():
    """Warnings of every kind, from data that calls them forth."""
    short = frame(*(a[0] for a in panels(1, 6, 11)))
    levels = frame(*(a[0] for a in walks(1, 10, 40, seed=5)))
    wide = frame(*(a[0] for a in panels(1, 12, 15)))
    twice = levels.assign(y=levels.groupby("id")["y"].cumsum())
    noise = pd.DataFrame(np.random.default_rng(3).standard_normal((60, 2)), columns=["y", "x"])
    apart = pd.DataFrame(np.random.default_rng(3).standard_normal((60, 2)).cumsum(0), columns=["y", "x"])
    panel = {"entity": "id", "time": "year", "y": "y", "x": "x"}
    runs = [("dumitrescu-hurlin", short, panel), ("juodis-karavias-sarafidis", short, panel),
            ("emirmahmutoglu-kose", levels, panel), ("dumitrescu-hurlin", levels, panel),
            ("emirmahmutoglu-kose", twice, panel), ("sur-granger", wide, {**panel, "bootstrap": 19}),
            ("granger-vecm", noise, {"y": "y", "x": "x"}), ("granger-vecm", apart, {"y": "y", "x": "x", "lags": 0}),
            ("granger-vecm", levels, {**panel, "variant": "ols"}),
            ("granger-vecm", levels, {**panel, "pooling": "group"}), ("granger-vecm", short, panel),
            ("granger-vecm", draw(5, 20, 30, factor=1.5).rename(columns={"i": "id", "t": "year"}), panel),
            ("granger", apart, {"y": "y", "x": "x"})]
    return sorted({w for name, data, options in runs for w in ct.test(name, data, **options).warnings})


def test_every_warning_is_said_in_chinese():
    said = warned()
    assert len(said) >= 13
    unknown = [w for w in said if not any("\u4e00" <= c <= "\u9fff" for c in in_words(w)["zh"])]
    assert not unknown


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_numbers_survive(lang):
    short = frame(*(a[0] for a in panels(1, 6, 11)))
    found = ct.test("dumitrescu-hurlin", short, entity="id", time="year", y="y", x="x").warnings
    w = next(w for w in found if "N=6" in w)
    assert "N=6" in in_words(w)[lang] and "T=11" in in_words(w)[lang]
