"""All files of a table, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clustertrade.files import write_whole
from clustertrade.render.csv import to_csv
from clustertrade.render.docx import to_docx
from clustertrade.render.html import to_html
from clustertrade.render.md import to_md
from clustertrade.render.table import Table
from clustertrade.render.tex import to_tex
from clustertrade.render.words import LANGUAGES

FORMATS: dict[str, Callable[[Table, str], str | bytes]] = {
    "tex": to_tex,
    "docx": to_docx,
    "html": to_html,
    "md": to_md,
    "csv": to_csv,
}


def suffix(lang: str) -> str:
    """What the language adds to a file's name: nothing for English, ``.zh`` for Chinese."""
    return "" if lang == "en" else f".{lang}"


def write_all(table: Table, stem: Path | str, languages: tuple[str, ...] = LANGUAGES) -> list[Path]:
    """Write ``<stem>.tex .docx .html .md .csv`` in English and ``<stem>.zh.*`` in Chinese.

    Everything is rendered before anything is written, and each file appears under its name only when it is
    complete. The last part of the stem is the table's id.

    Returns
    -------
    list of Path
        The files, by language, then format.

    Raises
    ------
    ValueError
        If the stem does not end in the table's id, so that no table lands under another's name.
    """
    stem = Path(stem)
    if stem.name != table.id:
        raise ValueError(f"table {table.id} would be written as {stem.name}: the stem ends in the table's id")
    rendered = {
        stem.with_name(f"{stem.name}{suffix(lang)}.{name}"): render(table, lang)
        for lang in languages
        for name, render in FORMATS.items()
    }
    for path, content in rendered.items():
        write_whole(path, content)
    return list(rendered)
