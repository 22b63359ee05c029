"""The examples of every docstring give what they show."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import clustertrade
from clustertrade.registry import Procedure

NAMES = [m.name for m in pkgutil.walk_packages(clustertrade.__path__, "clustertrade.")
         if not m.name.endswith("__main__")]


def examples(name):
    """The docstrings of a module, those of its procedures among them."""
    module = importlib.import_module(name)
    finder = doctest.DocTestFinder()
    own = [v for v in vars(module).values() if isinstance(v, Procedure) and v.function.__module__ == name]
    found = finder.find(module, name)
    for procedure in own:
        found += finder.find(procedure.function, f"{name}.{procedure.function.__name__}", module=module)
    return [t for t in found if t.examples]


@pytest.mark.parametrize("name", NAMES)
def test_examples(name):
    for test in examples(name):
        said: list[str] = []
        failed = doctest.DocTestRunner(verbose=False).run(test, out=said.append).failed
        assert not failed, "".join(said)
