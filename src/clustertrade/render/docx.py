"""Word: a three-line table (三线表) that is valid against the schema and the same file every time."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from clustertrade.render import number
from clustertrade.render.grid import Grid, Line, Printed, grid
from clustertrade.render.table import Table
from clustertrade.render.widths import LANDSCAPE, PORTRAIT, fitted, is_wide, least_notes_width

LATIN, HAN = "Times New Roman", "宋体"
THICK, THIN = 12, 6  # eighths of a point: 1.5 pt above and below, 0.75 pt under the head
TABLE_SIZE, NOTE_SIZE, TITLE_SIZE = 18, 16, 21  # half points
TWIPS_A_CM = 567
A4 = (11906, 16838)
MARGIN = 1134  # 2 cm
KEPT_STYLES = {"Normal", "Default Paragraph Font", "Normal Table", "No List", "Caption"}
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def to_docx(table: Table, lang: str = "en") -> bytes:
    """A document with the title, the table and its notes; on its side where the table is wide.

    The head is repeated on every page, a value stays with what stands below it.
    """
    from docx import Document
    from docx.oxml import parse_xml

    printed = grid(table, lang)
    document = Document()
    set_up(document, printed.title, printed.lang)
    body = document.element.body
    for child in list(body)[:-1]:  # everything but the section
        body.remove(child)
    for block in _blocks(printed):
        body.insert(len(body) - 1, parse_xml(block))
    page(document.sections[0]._sectPr, is_wide(printed))
    out = io.BytesIO()
    document.save(out)
    return same_bytes(out.getvalue())


def page(section: Any, wide: bool) -> None:
    """Give a section A4 pages, on their side where they are wide, with the margins of the tables."""
    size, margin = section.get_or_add_pgSz(), section.get_or_add_pgMar()
    for side, length in zip("wh", A4[::-1] if wide else A4, strict=True):
        size.set(f"{{{W}}}{side}", str(length))
    if wide:
        size.set(f"{{{W}}}orient", "landscape")
    for side in ("left", "right", "top", "bottom"):
        margin.set(f"{{{W}}}{side}", str(MARGIN))


def same_bytes(archive: bytes) -> bytes:
    """The zip file again, without the times at which its members were written."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as new,
    ):
        for name in old.namelist():
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            new.writestr(info, old.read(name))
    return out.getvalue()


def set_up(document: object, title: str, lang: str) -> None:
    """Take from python-docx's template what is not needed, and set fonts, title and dates."""
    package = document.part.package  # type: ignore[attr-defined]
    for owner in (package, document.part):  # type: ignore[attr-defined]
        for key, relation in list(owner.rels.items()):
            if relation.reltype.endswith(("/thumbnail", "/stylesWithEffects", "/customXml", "/numbering")):
                del owner.rels[key]
    styles = document.styles.element  # type: ignore[attr-defined]
    for style in styles.findall(f"{{{W}}}style"):
        if style.find(f"{{{W}}}name").get(f"{{{W}}}val") not in KEPT_STYLES | {"caption"}:
            styles.remove(style)
    fonts = styles.find(f"{{{W}}}docDefaults").find(f".//{{{W}}}rFonts")
    fonts.attrib.clear()
    for kind in ("ascii", "hAnsi", "cs"):
        fonts.set(f"{{{W}}}{kind}", LATIN)
    fonts.set(f"{{{W}}}eastAsia", HAN)
    language = styles.find(f".//{{{W}}}lang")
    language.set(f"{{{W}}}eastAsia", "zh-CN")
    document.settings.element.find(f"{{{W}}}themeFontLang").set(f"{{{W}}}eastAsia", "zh-CN")  # type: ignore[attr-defined]
    facts = document.core_properties  # type: ignore[attr-defined]
    facts.title, facts.author, facts.comments = title, "clustertrade", ""
    facts.created = facts.modified = datetime(1980, 1, 1)
    facts.language = {"en": "en-US", "zh": "zh-CN"}[lang]


def _blocks(printed: Grid) -> list[str]:
    zh = printed.lang == "zh"
    title = run(printed.title, zh, TITLE_SIZE, bold=True)
    blocks = [paragraph(title, "center", keep=True, after=80), _table(printed)]
    # the notes are as wide as the table, unless that is narrow
    room = LANDSCAPE if is_wide(printed) else PORTRAIT
    inset = round((room - max(sum(fitted(printed)), least_notes_width(printed) * room)) / 2 * TWIPS_A_CM)
    for i, note in enumerate(filter(None, (printed.notes, printed.sources))):
        text = run(note, zh, NOTE_SIZE)
        blocks.append(paragraph(text, "both", before=0 if i else 60, indent=inset, right=inset))
    if len(blocks) == 2:  # Word wants a paragraph after a table
        blocks.append(paragraph("", "left"))
    return [re.sub(r"^<w:(\w+)", rf'<w:\1 xmlns:w="{W}"', block) for block in blocks]


def _table(printed: Grid) -> str:
    widths = [round(width * TWIPS_A_CM) for width in fitted(printed)]
    head = [_spanners(level, widths, printed, top=i == 0) for i, level in enumerate(printed.spanners)]
    head.append(_headings(printed, widths, top=not head))
    body: list[str] = []
    for i, line in enumerate(printed.lines):
        body += _line(line, printed, widths, last=i + 1 == len(printed.lines))
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/>'
        f"</w:tblCellMar></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{''.join(head)}{''.join(body)}</w:tbl>"
    )


def _spanners(level: tuple, widths: list[int], printed: Grid, top: bool) -> str:
    cells = [_tc("", widths[0], "left", top=THICK * top)]
    at = 1
    for span in level:
        text = run(span.text, printed.lang == "zh")
        width = sum(widths[at : at + span.width])
        cells.append(_tc(text, width, "center", span=span.width, top=THICK * top, under=bool(span.text), keep=True))
        at += span.width
    return _tr(cells, header=True)


def _headings(printed: Grid, widths: list[int], top: bool) -> str:
    zh = printed.lang == "zh"
    edge: dict[str, Any] = {"top": THICK * top, "bottom": THIN, "keep": True}
    cells = [_tc(run(printed.stub, zh), widths[0], "left", **edge)]
    for heading, align, width in zip(printed.headings, printed.align, widths[1:], strict=True):
        cells.append(_tc(run(heading, zh), width, align, **edge))
    return _tr(cells, header=True)


def _line(line: Line, printed: Grid, widths: list[int], last: bool) -> list[str]:
    zh = printed.lang == "zh"
    rows = []
    top = THIN * line.row.rule
    if line.panel is not None:
        rows.append(_tr([_tc(run(line.panel, zh, italic=not zh, bold=zh), sum(widths), "left", span=len(widths),
                             top=top, keep=True)]))  # fmt: skip
        top = 0
    edge: dict[str, Any] = {"top": top, "bottom": THICK * (last and not line.has_below), "keep": line.has_below}
    cells = [_tc(run(line.label, zh), widths[0], "left", indent=200 * line.row.indent, **edge)]
    for cell, align, width in zip(line.cells, printed.align, widths[1:], strict=True):
        cells.append(_tc(_value(cell, zh), width, align, **edge))
    rows.append(_tr(cells))
    if line.has_below:
        bottom = THICK * last
        cells = [_tc("", widths[0], "left", bottom=bottom)]
        for cell, align, width in zip(line.cells, printed.align, widths[1:], strict=True):
            cells.append(_tc(_below(cell), width, align, bottom=bottom))
        rows.append(_tr(cells))
    return rows


def _value(cell: Printed, zh: bool) -> str:
    if not cell.numeric:
        return run(cell.text, zh)
    return _number(cell.text) + (run(cell.stars, False, raised=True) if cell.stars else "")


def _below(cell: Printed) -> str:
    if not cell.below:
        return ""
    comma = run(", ", False)
    return run(cell.brackets[0], False) + comma.join(map(_number, cell.below)) + run(cell.brackets[1], False)


def _number(printed: str) -> str:
    sign, mantissa, exponent, unit = number.split(printed)
    if not exponent:
        return run(sign.replace("-", "−") + mantissa + unit, False)
    power = run(exponent.replace("-", "−"), False, raised=True)
    return (
        run(sign.replace("-", "−") + mantissa + "\u00a0×\u00a010", False) + power + (run(unit, False) if unit else "")
    )


def run(
    text: str, zh: bool, size: int = TABLE_SIZE, bold: bool = False, italic: bool = False, raised: bool = False
) -> str:
    """The XML of a piece of text in one look; the size is in half points."""
    if not text:
        return ""
    # the hint gives quotation marks and dashes, which both scripts have, to the Chinese font
    hint = ' w:hint="eastAsia"' if zh else ""
    return (
        f'<w:r><w:rPr><w:rFonts{hint} w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{HAN}" w:cs="{LATIN}"/>'
        + ("<w:b/><w:bCs/>" if bold else "")
        + ("<w:i/><w:iCs/>" if italic else "")
        + f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
        + ('<w:vertAlign w:val="superscript"/>' if raised else "")
        + f'</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
    )


def paragraph(
    runs: str,
    align: str,
    before: int = 0,
    after: int = 0,
    indent: int = 0,
    right: int = 0,
    under: bool = False,
    keep: bool = False,
) -> str:
    """The XML of a paragraph of such pieces; lengths are in twentieths of a point."""
    # a rule of the paragraph, not of the cell, leaves a gap between neighbouring headings
    rule = f'<w:pBdr><w:bottom w:val="single" w:sz="{THIN}" w:space="1" w:color="auto"/></w:pBdr>' if under else ""
    return (
        "<w:p><w:pPr>"
        + ("<w:keepNext/>" if keep else "")
        + rule
        + f'<w:spacing w:before="{before}" w:after="{after}" w:line="240" w:lineRule="auto"/>'
        + (f'<w:ind w:left="{indent}" w:right="{right}"/>' if indent or right else "")
        + f'<w:jc w:val="{align}"/></w:pPr>{runs}</w:p>'
    )


def _tc(runs: str, width: int, align: str, span: int = 1, top: int = 0, bottom: int = 0, under: bool = False,
        indent: int = 0, keep: bool = False) -> str:  # fmt: skip
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="auto"/>'
        for side, size in (("top", top), ("bottom", bottom))
        if size
    )
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>'
        + (f'<w:gridSpan w:val="{span}"/>' if span > 1 else "")
        + (f"<w:tcBorders>{edges}</w:tcBorders>" if edges else "")
        + f'<w:vAlign w:val="{"bottom" if keep and bottom else "top"}"/></w:tcPr>'
        + paragraph(runs, align, before=20, after=20, indent=indent, under=under, keep=keep)
        + "</w:tc>"
    )


def _tr(cells: list[str], header: bool = False) -> str:
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if header else ''}</w:trPr>{''.join(cells)}</w:tr>"
