"""The published table of small-sample rules is what the programs give, and its rules give the ratios."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.small_sample import PAGE, ours, page, rows

N, K, G = 199, 3, 10


@pytest.mark.filterwarnings("ignore")
def test_the_page_is_what_comes_out():
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.filterwarnings("ignore")
def test_the_rules_give_the_ratios():
    found = {(model, covariance): others for model, covariance, _, others in rows()}
    by_firm = np.sqrt((G - 1) / G)
    assert found["pooled", "clustered by firm"]["plm"] == pytest.approx(by_firm * np.sqrt((N - K) / (N - 1)), rel=1e-10)
    linear = found["pooled", "clustered by firm"]["linearmodels"]
    assert linear == pytest.approx(by_firm * np.sqrt(N / (N - 1)), rel=1e-8)
    years = np.sqrt((N - K) / (N - K - 19))
    for program in ("stata", "gretl", "pyfixest"):
        assert found["twoway", "clustered by firm"][program] == pytest.approx(years, rel=1e-6)
    for model in ("pooled", "fe", "twoway"):
        for program in ("linearmodels", "pyfixest"):
            assert found[model, "unadjusted"][program] == pytest.approx(1, rel=1e-6)
            assert found[model, "robust (HC1)"][program] == pytest.approx(1, rel=1e-6)
    assert ours("fe", "clustered by firm", "stata") == ours("fe", "clustered by firm", "paper")
