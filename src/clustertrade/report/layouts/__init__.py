"""Results of a study to tables: a module a layout, each with one function of that name."""

from __future__ import annotations

import importlib

from clustertrade.errors import UsageError
from clustertrade.options import LAYOUTS
from clustertrade.render.table import Table
from clustertrade.study.inputs import Inputs


def module(layout: str) -> str:
    """The module of a layout; it is imported when a table asks for it, so that a change in one reaches no other."""
    return f"{__name__}.{layout.replace('-', '_')}"


def build(inputs: Inputs, table_id: str) -> Table:
    """The table of that id, ready for ``render.write_all``.

    Raises
    ------
    UsageError
        The study has no such table.
    DataError
        A result or sample that the table needs is not there yet.
    """
    tables = inputs.study.section("tables")
    if table_id not in tables:
        raise UsageError(f"{inputs.study.name} has no table {table_id}; it has {', '.join(tables) or 'none'}")
    layout = tables[table_id]["layout"]
    if layout not in LAYOUTS:
        raise UsageError(f"{table_id}: no layout is called {layout}; there are {', '.join(LAYOUTS)}")
    function = getattr(importlib.import_module(module(layout)), layout.replace("-", "_"))
    return function(inputs, table_id, tables[table_id])
