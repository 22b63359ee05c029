"""Tables of results to LaTeX, Word, HTML, Markdown, CSV and text; figures; the words of both languages."""

from __future__ import annotations

from clustertrade.render.csv import to_csv
from clustertrade.render.docx import to_docx
from clustertrade.render.html import to_html
from clustertrade.render.md import to_md
from clustertrade.render.table import BLANK, Cell, Column, Row, Style, Table
from clustertrade.render.tex import to_tex
from clustertrade.render.text import to_text
from clustertrade.render.words import Text, both, word
from clustertrade.render.write import write_all

__all__ = [
    "BLANK",
    "Cell",
    "Column",
    "Row",
    "Style",
    "Table",
    "Text",
    "both",
    "to_csv",
    "to_docx",
    "to_html",
    "to_md",
    "to_tex",
    "to_text",
    "word",
    "write_all",
]
