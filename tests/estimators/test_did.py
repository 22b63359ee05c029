"""The two-way difference in differences and its parts."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.errors import InfeasibleError, UsageError
from tests.estimators.staggered_data import CALL, staggered

FRAME = staggered(np.random.default_rng(1))
HOLES = staggered(np.random.default_rng(2), share=0.9)


@pytest.mark.parametrize("cov", ["unadjusted", "clustered"])
def test_it_is_a_two_way_regression(cov):
    ours = ct.estimate("did", HOLES, **CALL, x="w", treat="on", cov=cov, bootstrap=0)
    plain = ct.estimate("twoway", HOLES, **CALL, x=["on", "w"], cov=cov, bootstrap=0)
    assert_allclose(ours.params, plain.params)
    assert_allclose(ours.std_errors, plain.std_errors)
    assert_allclose(ct.estimate("did", HOLES, **CALL, x="w", cohort="first", bootstrap=0)["treated"].value,
                    ours["on"].value)


def mean_change(frame, treated, control, before, after):
    """The 2 x 2 difference in differences of two sets of entities."""
    def change(units):
        own = frame[frame["first"].isin(units)]
        return own[own["t"].between(*after)]["y"].mean() - own[own["t"].between(*before)]["y"].mean()

    return change([treated]) - change([control])


def test_decomposition_sums_to_the_coefficient():
    r = ct.estimate("did", FRAME, **CALL, treat="on", bootstrap=0)
    pairs = r.details["decomposition"]
    assert_allclose([sum(p["weight"] for p in pairs), sum(p["weight"] * p["estimate"] for p in pairs)],
                    [1, r["on"].value], rtol=1e-9)
    assert len(pairs) == 3 + 6                             # three cohorts against never, and each pair both ways
    by = {(p["treated"], p["control"]): p for p in pairs}
    assert_allclose(by["2004", None]["estimate"], mean_change(FRAME, 2004, 0, (2001, 2003), (2004, 2010)))
    assert_allclose(by["2004", "2006"]["estimate"], mean_change(FRAME, 2004, 2006, (2001, 2003), (2004, 2005)))
    assert_allclose(by["2009", "2004"]["estimate"], mean_change(FRAME, 2009, 2004, (2004, 2008), (2009, 2010)))
    assert by["2009", "2004"]["kind"] == "later against earlier"
    assert "already treated" in r.warnings[-1]


def test_entities_always_treated_are_controls_of_the_two_way_regression():
    frame = FRAME.assign(on=FRAME["on"].where(FRAME["unit"] % 8 != 7, 1.0))
    r = ct.estimate("did", frame, **CALL, treat="on", bootstrap=0)
    pairs = r.details["decomposition"]
    assert {p["kind"] for p in pairs} >= {"treated against always treated"}
    assert_allclose(sum(p["weight"] * p["estimate"] for p in pairs), r["on"].value, rtol=1e-9)


def test_weights_of_treated_rows():
    """With effects known and no errors, the coefficient is their weighted sum."""
    exact = FRAME.assign(y=FRAME["effect"] + FRAME["unit"] - 0.3 * FRAME["t"])
    r = ct.estimate("did", exact, **CALL, treat="on", bootstrap=0)
    d = exact.pivot(index="unit", columns="t", values="on").to_numpy()
    left = d - d.mean(1, keepdims=True) - d.mean(0) + d.mean()
    weight = left[d == 1] / left[d == 1].sum()
    effect = exact.pivot(index="unit", columns="t", values="effect").to_numpy()[d == 1]
    assert_allclose(r["on"].value, weight @ effect, rtol=1e-9)
    assert r.details["cell_weights"] == {"treated_rows": weight.size, "negative": int((weight < 0).sum()),
                                         "sum_of_negative": pytest.approx(weight[weight < 0].sum())}


def test_one_start_needs_no_warning():
    r = ct.estimate("did", FRAME[FRAME["first"].isin([0, 2006])], **CALL, treat="on", bootstrap=0)
    assert r.warnings == () and r.details["cell_weights"]["negative"] == 0
    assert [p["weight"] for p in r.details["decomposition"]] == pytest.approx([1])


def test_a_dose_has_no_pairs():
    r = ct.estimate("did", FRAME.assign(dose=FRAME["on"] * (1 + FRAME["unit"] % 3)), **CALL, treat="dose", bootstrap=0)
    assert "decomposition" not in r.details and "cell_weights" not in r.details
    assert "decomposition" not in ct.estimate("did", HOLES, **CALL, treat="on", bootstrap=0).details


def test_bad_requests():
    with pytest.raises(UsageError, match="needs --treat"):
        ct.estimate("did", FRAME, **CALL)
    with pytest.raises(UsageError, match="both --treat and --x"):
        ct.estimate("did", FRAME, **CALL, x="on", treat="on")
    with pytest.raises(InfeasibleError, match="does not vary"):
        ct.estimate("did", FRAME.assign(on=(FRAME["t"] > 2005) * 1.0), **CALL, treat="on")
