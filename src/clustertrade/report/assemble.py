"""A table from its rows, columns and cells: title, style, notes in order, sources and citation are added here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clustertrade import __version__
from clustertrade.options import NOTES
from clustertrade.render.table import Cell, Column, Row, Style, Table
from clustertrade.render.words import Text, both
from clustertrade.report import sources
from clustertrade.study.inputs import Inputs
from clustertrade.study.load import texts


def assemble(inputs: Inputs, table_id: str, *, rows: Sequence[Row], columns: Sequence[Column],
             cells: Mapping[tuple[str, str], Cell], stub: Text, notes: Iterable[Text],
             source_ids: Iterable[str] = (), below_note: Text | None = None) -> Table:
    """The table of that id in the study.

    Parameters
    ----------
    rows, columns, cells, stub
        As in :class:`~clustertrade.render.table.Table`.
    notes : Texts
        What the layout says about sample, method, null and so on, in reading order; what the study adds is put
        around it.
    source_ids : ids of sources
        Printed with their titles below the notes.
    """
    spec = inputs.study.section("tables")[table_id]
    return Table(id=table_id, title=texts(spec["title"]), columns=tuple(columns), rows=tuple(rows), cells=cells,
                 notes=ordered(spec.get("notes", []), notes), style=style(inputs, spec), stub=stub,
                 sources=tuple(sources.titled(inputs.plan, source_ids)), citation=citation(inputs.study.name, table_id),
                 below_note=below_note)


def style(inputs: Inputs, spec: Mapping[str, Any]) -> Style:
    """The study's style, with what the table asks for itself."""
    asked = {**inputs.study.style, **spec.get("style", {})}
    return Style(paren=asked["paren"], digits=asked["digits"], stars=tuple(asked["stars"]))


def ordered(written: Sequence[Any], found: Iterable[Text]) -> tuple[Text, ...]:
    """The notes of the study and of the layout, each once.

    Texts that the study puts before its first key stay first; a key asks for what the layout says anyway; texts
    after a key stand last.
    """
    free = [note for note in written if not (isinstance(note, str) and note in NOTES)]
    key = next((i for i, note in enumerate(written) if isinstance(note, str) and note in NOTES), len(written))
    first = [texts(note) for note in written[:key]]
    last = [texts(note) for note in free[len(first):]]
    unique: list[Text] = []
    for note in [*first, *found, *last]:
        if note not in unique:
            unique.append(note)
    return tuple(unique)


def citation(study: str, item: str) -> Text:
    """How to cite a table or figure of a study."""
    return both("page.citation", version=__version__, study=study, item=item)
