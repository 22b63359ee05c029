"""The paper: every item of the report in order, wide tables on their side, the same bytes, whatever Word needs."""

from __future__ import annotations

import io
import re

import pytest

from clustertrade.errors import DataError
from clustertrade.render import write_all
from clustertrade.report import figures, layouts, paper
from tests.report import simulated

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def papers(inputs, drawn):
    for name in simulated.RAW["tables"]:
        write_all(layouts.build(inputs, name), inputs.plan.results / "tables" / name)
    return {path.name: path.read_bytes() for path in paper.build(inputs)}


def opened(content):
    from docx import Document

    return Document(io.BytesIO(content))


@pytest.mark.parametrize(("name", "lang", "pattern"), [("paper.docx", "en", r"(?:Table|Figure) (\w+)$"),
                                                       ("paper.zh.docx", "zh", r"[表图] ?(\w+)$")])
def test_every_item_of_the_report_in_the_order_of_its_parts(papers, inputs, name, lang, pattern):
    document = opened(papers[name])
    heads = [m[1] for p in document.paragraphs if (m := re.match(pattern, p.text)) and p.alignment is not None]
    numbers = {item: figures.coefficients.number(item) for item in simulated.RAW["report"]}
    assert sorted(heads) == sorted(numbers.values())
    assert len(document.tables) == sum(item.startswith("t") for item in numbers)
    assert len(document.inline_shapes) == sum(item.startswith("f") for item in numbers)
    assert document.core_properties.language.startswith(lang)
    titles = [spec["title"][lang] for kind in ("tables", "figures") for spec in simulated.RAW[kind].values()]
    said = "\n".join(p.text for p in document.paragraphs)
    assert all(title in said for title in titles)
    assert all(p.get("descr") for p in document.element.body.iter() if p.tag.endswith("}docPr"))


def test_wide_tables_stand_on_their_side_and_every_page_has_a_number(papers, inputs):
    document = opened(papers["paper.docx"])
    wide = [opened((inputs.plan.results / "tables" / f"{t}.docx").read_bytes()).sections[0].orientation
            for t in simulated.RAW["tables"]]
    assert {s.orientation for s in document.sections} == {0, *wide}
    for section in document.sections:
        assert (section.page_width > section.page_height) == (section.orientation == 1)
        references = section._sectPr.findall(f"{W}footerReference")
        assert len(references) == 1 and section._sectPr[0] is references[0]
        assert "PAGE" in section.footer._element.xml
    # A heading stands on the page of what follows it: it closes no section.
    for p in document.paragraphs:
        closes = p._p.find(f"{W}pPr/{W}sectPr") is not None
        assert not (closes and p._p.find(f"{W}pPr/{W}keepNext") is not None)


def test_the_same_bytes_every_time(papers, inputs):
    assert {path.name: path.read_bytes() for path in paper.build(inputs)} == papers


def test_a_table_that_is_not_there_is_named(papers, inputs):
    path = inputs.plan.results / "tables" / f"{next(iter(simulated.RAW['tables']))}.docx"
    kept = path.read_bytes()
    path.unlink()
    try:
        with pytest.raises(DataError, match=path.name):
            paper.build(inputs)
    finally:
        path.write_bytes(kept)
