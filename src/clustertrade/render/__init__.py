"""Tables of results to LaTeX, Word, HTML, Markdown, CSV and text; figures; the words of both languages."""

from __future__ import annotations

from clustertrade.render.table import BLANK, Cell, Column, Row, Style, Table, Text
from clustertrade.render.words import both, word

__all__ = ["BLANK", "Cell", "Column", "Row", "Style", "Table", "Text", "both", "word"]
