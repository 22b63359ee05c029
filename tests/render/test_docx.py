"""The Word file against what the schema (ECMA-376, WordprocessingML) asks of the elements that we write."""

from __future__ import annotations

import io
import time
import zipfile
from xml.etree import ElementTree

import pytest

from clustertrade.render import to_docx
from tests.render.tables import TABLES, audit, regression, unit_roots

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# order of children in the sequences of the schema, as far as we use them
ORDER = {
    "tbl": "tblPr tblGrid tr",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing "
    "tblInd tblBorders shd tblLayout tblCellMar tblLook",
    "tblCellMar": "top left bottom right",
    "tr": "tblPrEx trPr tc",
    "tc": "tcPr p",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
    "tcBorders": "top left bottom right insideH insideV",
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs "
    "spacing ind contextualSpacing jc rPr",
    "rPr": "rStyle rFonts b bCs i iCs color sz szCs highlight u vertAlign lang",
    "sectPr": "headerReference footerReference type pgSz pgMar cols titlePg docGrid",
}


def document(content: bytes, part: str = "word/document.xml") -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return ElementTree.fromstring(archive.read(part))


def local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def edges(cell: ElementTree.Element) -> dict[str, str]:
    return {local(edge): edge.get(f"{W}sz") for edge in cell.iterfind(f"{W}tcPr/{W}tcBorders/*")}


def span_of(cell: ElementTree.Element) -> int:
    span = cell.find(f"{W}tcPr/{W}gridSpan")
    return 1 if span is None else int(span.get(f"{W}val"))


def test_elements_stand_in_the_order_of_the_schema(table, lang):
    for element in document(to_docx(table, lang)).iter():
        if (order := ORDER.get(local(element))) is None:
            continue
        children = [local(child) for child in element]
        known = order.split()
        assert set(children) <= set(known), f"{local(element)} holds {children}"
        assert children == sorted(children, key=known.index)
        once = [c for c in children if c not in ("tr", "tc", "p")]
        assert len(once) == len(set(once)), f"{local(element)} holds a child twice: {children}"


def test_rows_fill_the_grid_and_cells_end_in_a_paragraph(table, lang):
    body = document(to_docx(table, lang)).find(f"{W}body")
    [grid] = body.iterfind(f"{W}tbl/{W}tblGrid")
    widths = [int(column.get(f"{W}w")) for column in grid]
    for row in body.iterfind(f"{W}tbl/{W}tr"):
        cells = row.findall(f"{W}tc")
        spans = [span_of(cell) for cell in cells]
        assert sum(spans) == len(widths)
        at = 0
        for cell, span in zip(cells, spans, strict=True):
            assert int(cell.find(f"{W}tcPr/{W}tcW").get(f"{W}w")) == sum(widths[at : at + span])
            assert local(cell[-1]) == "p"
            at += span
    assert [local(block) for block in body][-2:] == ["p", "sectPr"]  # Word wants a paragraph after a table


def test_three_lines():
    rows = document(to_docx(regression())).findall(f".//{W}tr")
    for cell in rows[0].iterfind(f"{W}tc"):
        assert edges(cell) == {"top": "12"}
    for cell in rows[1].iterfind(f"{W}tc"):
        assert edges(cell) == {"bottom": "6"}
    for cell in rows[-1].iterfind(f"{W}tc"):
        assert edges(cell) == {"bottom": "12"}
    ruled = [edges(row.find(f"{W}tc")) for row in rows[2:-1]]
    assert [edge for edge in ruled if edge] == [{"top": "6"}]  # above the fixed effects


def test_the_head_is_repeated_and_a_value_stays_with_what_is_below_it():
    rows = document(to_docx(unit_roots())).findall(f".//{W}tr")
    heads = [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows]
    assert heads == [True] * 3 + [False] * (len(rows) - 3)
    # head, panel, value, below
    kept = [row.find(f".//{W}keepNext") is not None for row in rows[3:9]]
    assert kept == [True, True, False, True, False, True]


def test_fonts_of_both_scripts(table, lang):
    content = to_docx(table, lang)
    for fonts in document(content).iter(f"{W}rFonts"):
        assert fonts.get(f"{W}ascii") == fonts.get(f"{W}hAnsi") == "Times New Roman"
        assert fonts.get(f"{W}eastAsia") == "宋体"
    default = document(content, "word/styles.xml").find(f".//{W}rPrDefault//{W}rFonts")
    assert default.get(f"{W}eastAsia") == "宋体" and not [name for name in default.attrib if "Theme" in name]


def test_signs_stars_and_powers():
    paragraphs = ["".join(t.text or "" for t in p.iter(f"{W}t")) for p in document(to_docx(regression())).iter(f"{W}p")]
    assert "−0.123**" in paragraphs and "1.2\u00a0×\u00a010−6***" in paragraphs
    raised = [
        "".join(t.text for t in run.iter(f"{W}t"))
        for run in document(to_docx(regression())).iter(f"{W}r")
        if run.find(f"{W}rPr/{W}vertAlign") is not None
    ]
    assert "***" in raised and "−6" in raised


def test_a_wide_table_lies_on_its_side():
    def page(content):
        size = document(content).find(f".//{W}pgSz")
        return int(size.get(f"{W}w")), int(size.get(f"{W}h")), size.get(f"{W}orient")

    assert page(to_docx(regression())) == (11906, 16838, None)
    assert page(to_docx(unit_roots())) == (16838, 11906, "landscape")
    assert page(to_docx(audit())) == (11906, 16838, None)


@pytest.mark.parametrize("name", list(TABLES))
def test_the_table_fits_the_page(name, lang):
    root = document(to_docx(TABLES[name](), lang))
    margin = root.find(f".//{W}pgMar")
    room = int(root.find(f".//{W}pgSz").get(f"{W}w")) - int(margin.get(f"{W}left")) - int(margin.get(f"{W}right"))
    assert int(root.find(f".//{W}tblW").get(f"{W}w")) <= room + 5


def test_the_same_bytes_at_another_time(table, lang):
    first = to_docx(table, lang)
    time.sleep(2.1 if (table.id, lang) == ("t08-baseline", "en") else 0)  # zip times have a step of two seconds
    assert to_docx(table, lang) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not [name for name in archive.namelist() if "thumbnail" in name]


def test_python_docx_reads_it_back(table, lang):
    from docx import Document

    read = Document(io.BytesIO(to_docx(table, lang)))
    assert len(read.tables) == 1 and len(read.tables[0].columns) == 1 + len(table.columns)
    assert read.core_properties.title == (table.title if isinstance(table.title, str) else table.title[lang])
