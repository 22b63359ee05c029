"""One Word document of text, tables and figures, in the look of the tables: what a referee reads from front to back."""

from __future__ import annotations

import io
from copy import deepcopy
from typing import Any

from clustertrade.render import docx as word
from clustertrade.render.widths import PORTRAIT

TEXT_SIZE, SMALL, HEADING_SIZES = word.TITLE_SIZE, word.NOTE_SIZE, {0: 36, 1: 28, 2: 24}     # half points
TALLEST = 20.0                                             # cm that a figure may take of a page
PAGE_NUMBER = ('<w:p xmlns:w="{w}"><w:pPr><w:jc w:val="center"/></w:pPr><w:fldSimple w:instr=" PAGE ">'
               "<w:r><w:t>1</w:t></w:r></w:fldSimple></w:p>")


class Paper:
    """A document to which headings, paragraphs, tables and figures are added in order; wide tables turn the page."""

    def __init__(self, title: str, lang: str) -> None:
        from docx import Document

        self.zh = lang == "zh"
        self._document = Document()
        word.set_up(self._document, title, lang)
        self._body: Any = self._document.element.body
        for child in list(self._body)[:-1]:
            self._body.remove(child)
        self._wide = False
        self._turned: list[Any] = []                       # sections that are closed
        self._heading = ""                                 # one that waits for the page on which its first item stands
        self._add(self._paragraph(title, "center", HEADING_SIZES[0], level=0))

    def heading(self, text: str, level: int = 1) -> None:
        """A heading, which Word's navigation shows, on the page of what comes next."""
        self._heading = self._paragraph(text, "left", HEADING_SIZES[level], level=level)

    def text(self, text: str, small: bool = False) -> None:
        """A paragraph; small ones are lists of works and addresses, which are not stretched to the margin."""
        if text:
            self._turn(False)
            size, align = (SMALL, "left") if small else (TEXT_SIZE, "both")
            self._add(word.paragraph(word.run(text, self.zh, size), align, after=60))

    def table(self, document: bytes, heading: str) -> None:
        """A table from its own document, under the number that it has here."""
        from docx import Document

        found = Document(io.BytesIO(document))
        blocks = [deepcopy(child) for child in found.element.body if not child.tag.endswith("}sectPr")]
        section = found.sections[0]
        assert section.page_width is not None and section.page_height is not None
        self._turn(section.page_width > section.page_height)
        self._add(self._paragraph(heading, "center", word.TITLE_SIZE, before=240))
        for block in blocks:
            self._body.insert(len(self._body) - 1, block)

    def figure(self, png: bytes, heading: str, title: str, notes: list[str]) -> None:
        """A picture with its number and title above and its notes below."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Cm, Emu

        self._turn(False)
        self._add(self._paragraph(heading, "center", word.TITLE_SIZE, before=240))
        self._add(self._paragraph(title, "center", word.TITLE_SIZE))
        holder = self._document.add_paragraph()
        holder.alignment = WD_ALIGN_PARAGRAPH.CENTER
        holder.paragraph_format.keep_with_next = bool(notes)
        shape = holder.add_run().add_picture(io.BytesIO(png), width=Cm(PORTRAIT))
        if shape.height > Cm(TALLEST):
            shape.width, shape.height = Emu(int(shape.width * Cm(TALLEST) / shape.height)), Cm(TALLEST)
        shape._inline.docPr.set("descr", title)
        for note in filter(None, notes):
            self._add(word.paragraph(word.run(note, self.zh, SMALL), "both"))

    def save(self) -> bytes:
        """The file, the same bytes every time."""
        from docx.oxml import parse_xml

        last = self._document.sections[-1]
        last.footer.is_linked_to_previous = False
        footer = last.footer._element
        for child in list(footer):
            footer.remove(child)
        footer.append(parse_xml(PAGE_NUMBER.format(w=word.W)))
        reference = last._sectPr.find(f"{{{word.W}}}footerReference")
        word.page(last._sectPr, self._wide)
        for section in self._turned:
            section.insert(0, deepcopy(reference))
        out = io.BytesIO()
        self._document.save(out)
        return word.same_bytes(out.getvalue())

    def _paragraph(self, text: str, align: str, size: int, level: int | None = None, before: int = 0) -> str:
        run = word.run(text, self.zh, size, bold=True)
        if level is None:
            return word.paragraph(run, align, before=before, after=80, keep=True)
        outline = f'<w:outlineLvl w:val="{max(level - 1, 0)}"/>' if level else ""
        made = word.paragraph(run, align, before=240, after=120, keep=True)
        return made.replace("</w:pPr>", outline + "</w:pPr>", 1)

    def _add(self, block: str) -> None:
        from docx.oxml import parse_xml

        self._body.insert(len(self._body) - 1, parse_xml(block.replace("<w:p>", f'<w:p xmlns:w="{word.W}">', 1)))

    def _turn(self, wide: bool) -> None:
        """Close the section of the pages so far where the next are to stand the other way; then the waiting heading."""
        if wide != self._wide:
            self._close(wide)
        if self._heading:
            self._add(self._heading)
            self._heading = ""

    def _close(self, wide: bool) -> None:
        from docx.oxml import parse_xml

        section = parse_xml(f'<w:sectPr xmlns:w="{word.W}"><w:pgSz/><w:pgMar w:header="600" w:footer="600" '
                            'w:gutter="0"/></w:sectPr>')
        word.page(section, self._wide)
        last = self._body[len(self._body) - 2]
        if not last.tag.endswith("}p"):
            self._add("<w:p><w:pPr></w:pPr></w:p>")
            last = self._body[len(self._body) - 2]
        properties = last.find(f"{{{word.W}}}pPr")
        if properties is None:
            properties = parse_xml(f'<w:pPr xmlns:w="{word.W}"/>')
            last.insert(0, properties)
        properties.append(section)
        self._turned.append(section)
        self._wide = wide


