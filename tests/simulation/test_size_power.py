"""The published sizes: a slice of them again, and the rules by which they are judged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.simulation import size_power
from tests.simulation.size_power import Block


@pytest.mark.parametrize("block", [Block("ips", "c", 10, 50, "independent", 1.0, "asymptotic"),
                                   Block("cips", "c", 10, 50, "factor", 1.0, "asymptotic"),
                                   Block("harris-tzavalis", "c", 10, 22, "factor", 1.0, "bootstrap")])
def test_a_slice_of_the_sizes(block):
    rates = {s: k / 300 for s, k in size_power.run(block, 300).items()}
    assert rates and all(0.01 <= r <= 0.12 for r in rates.values()), rates


def test_power_exceeds_size():
    size, power = (size_power.run(Block("ips", "c", 10, 50, "independent", root, "asymptotic"), 200)["W-t-bar"]
                   for root in (1.0, 0.9))
    assert power > 4 * size


def test_one_strong_factor_is_what_makes_simple_tests_reject_too_often():
    rates = [size_power.run(Block("ips", "c", 25, 22, design, 1.0, "asymptotic"), 200)["W-t-bar"] / 200
             for design in ("independent", "factor")]
    assert rates[0] < 0.12 and rates[1] > 0.15


def test_the_tail_that_rejects_is_found():
    rng = np.random.default_rng(1)
    values, drawn = rng.standard_normal((2, 400))
    assert size_power.tail_is_left(values, drawn, np.where(values < drawn, 0.5, 1.0))
    assert not size_power.tail_is_left(values, drawn, np.where(values > drawn, 0.5, 1.0))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["harris-tzavalis", "moon-perron"])
def test_the_published_table_is_what_the_code_gives(name):
    published = pd.read_csv("docs/validation/size-power.csv")
    block = Block(name, "c", 10, 22, "independent", 1.0, "asymptotic")
    mine = published[(published.test == name) & (published.trend == "c") & (published.N == 10) & (published["T"] == 22)
                     & (published.errors == "independent") & (published.version == "asymptotic")
                     & (published.kind == "size")]
    found = size_power.run(block)
    assert {r.statistic: round(r.rate * r.replications) for r in mine.itertuples()} == found
