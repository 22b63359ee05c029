"""Agreement with R and gretl, case by case."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.goldens.harness import agrees, cases, maps, raw_cases, read_differences
from tests.goldens.report import TARGET, groups, text

CASES = list(cases())


@pytest.mark.parametrize(("case", "difference"), CASES, ids=[case.id for case, _ in CASES])
def test_agrees_with_reference(case, difference):
    """Every number agrees by the tolerance of its kind; a reasoned difference is held to our own number instead."""
    result = case.run()
    ours = (difference or {}).get("ours", {})
    wrong = {check.label: (check.get(result), ours.get(check.label, check.theirs)) for check in case.checks
             if not agrees(check.get(result), ours.get(check.label, check.theirs), check.kind)}
    assert not wrong, f"{case.tool} says otherwise: {wrong}; if the paper sides with us, say so in differences/"


def test_every_case_checks_a_number():
    assert len(CASES) > 1500 and all(case.checks for case, _ in CASES)


def test_every_method_is_compared_or_said_not_to_be():
    """Each method of each reference file stands in one map, under METHODS or NOT_OFFERED."""
    for group in groups():
        mine = [m for m in maps() if group == m.GROUP]
        known = {method for m in mine for method in {*m.METHODS, *m.NOT_OFFERED}}
        if mine:
            assert {raw["method"] for raw in raw_cases(group)} <= known
            twice = [k for k, n in Counter(method for m in mine for method in m.METHODS).items() if n > 1]
            assert not twice


def test_every_difference_belongs_to_a_case_and_has_its_reason():
    ids = {case.id for case, _ in CASES}
    for group in groups():
        for case, entry in read_differences(group).items():
            assert case in ids and entry["reason"] and entry["arbiter"] and entry["ours"]


def test_the_page_of_differences_is_in_step():
    assert TARGET.read_text(encoding="utf-8") == text(), "run: python -m tests.goldens.report"
