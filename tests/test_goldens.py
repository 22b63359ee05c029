"""Agreement with R and gretl, case by case."""

from __future__ import annotations

import pytest

from tests.goldens.harness import agrees, cases

CASES = list(cases())


@pytest.mark.parametrize(("case", "difference"), CASES, ids=[case.id for case, _ in CASES])
def test_agrees_with_reference(case, difference):
    """Every number agrees by the tolerance of its kind; a reasoned difference is held to our own number instead."""
    result = case.run()
    ours = (difference or {}).get("ours", {})
    wrong = {check.label: (check.get(result), ours.get(check.label, check.theirs)) for check in case.checks
             if not agrees(check.get(result), ours.get(check.label, check.theirs), check.kind)}
    assert not wrong, f"{case.tool} says otherwise: {wrong}; if the paper sides with us, say so in differences/"


def test_something_is_compared():
    """The maps are not empty and every case checks a number."""
    assert len(CASES) > 10 and all(case.checks for case, _ in CASES)
