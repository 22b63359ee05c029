from __future__ import annotations

import doctest
import importlib
import math
import pkgutil

import pytest

import clustertrade.render
from clustertrade.render import number


@pytest.mark.parametrize("name", [m.name for m in pkgutil.iter_modules(clustertrade.render.__path__)])
def test_examples_in_docstrings(name):
    assert doctest.testmod(importlib.import_module(f"clustertrade.render.{name}")).failed == 0


@pytest.mark.parametrize("digits", [0, 1, 3, 4])
def test_print_is_the_number_to_its_last_digit(digits):
    for value in (s * m * 10.0**e for s in (-1, 1) for m in (1, 4.9, 9.9996) for e in range(-12, 13)):
        printed = number.number(value, digits).replace(",", "")
        mantissa, _, exponent = printed.partition("e")
        unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
        assert float(printed) != 0, f"{value} is printed as zero"
        assert abs(float(printed) - value) <= 0.5000001 * unit
        assert sum(c.isdigit() for c in mantissa) <= 10


@pytest.mark.parametrize(
    ("value", "printed"),
    [(0.0, "0.000"), (-0.0, "0.000"), (0.0005, "0.001"), (0.00049, "0.00049"), (-0.0004, "-0.00040"),
     (9999.9996, "10,000.000"), (12345.6789, "12,345.68"), (1e-5, "0.000010"), (9.99e-6, "1.0e-5")],
)  # fmt: skip
def test_edges(value, printed):
    assert number.number(value, 3) == printed


def test_a_small_p_value_is_never_zero():
    assert number.pvalue(1e-300, 4) == "<0.0001"
    assert number.pvalue(0.004, 0) == "<0.01"  # a p-value has at least two decimals


def test_machine_twin_keeps_twelve_digits():
    for value in (math.pi, -1e-17, 2.5e20, 0.1 + 0.2):
        assert math.isclose(float(number.exact(value)), value, rel_tol=1e-11)
    assert number.exact(0.1 + 0.2) == "0.3"
