"""Warnings of measures are said in Chinese too."""

from __future__ import annotations

import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.report.cautions import in_words

FRAME = pd.DataFrame({"t": range(2012, 2018), "a": [1.0, 2, 2.5, 3, 3.5, 4], "b": [2.0, 2.0, 3, 4, 4.5, 5],
                      "c": [0.0, 0.5, 0.2, 0.1, 0.3, 0.4], "d": [0.0, 0.1, 0.3, 0.5, 0.2, 0.4]})


@pytest.mark.parametrize(("name", "options"), [
    ("synergy", {"subsystem": ["x=a:+", "y=b:+"], "time": "t"}),
    ("coupling", {"indicator": ["c", "d"], "time": "t", "printed": ["D=a"]}),
    ("symbiosis", {"indicator": ["a", "c"], "time": "t", "bootstrap": 0}),
    ("haken", {"indicator": ["a", "b"], "time": "t"}),
])
def test_every_warning_is_in_both_languages(name, options):
    result = ct.measure(name, FRAME, **options)
    assert result.warnings
    for warning in result.warnings:
        said = in_words(warning)
        assert said["en"].lower().replace("λ", "lambda") == warning.lower()
        assert any("\u4e00" <= letter <= "\u9fff" for letter in said["zh"]), warning
