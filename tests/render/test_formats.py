"""What each format prints, and that all of them print the same."""

from __future__ import annotations

import csv
import html.parser
import io
import re

import pytest

from clustertrade.render import BLANK, Cell, Column, Row, Style, Table, to_csv, to_html, to_md, to_tex, to_text
from clustertrade.render.grid import grid
from tests.render.tables import regression, unit_roots, variables


def rows_of(sheet: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(sheet.removeprefix("\ufeff"))))


def test_text():
    assert to_text(regression()).splitlines()[:8] == [
        "Trade by location & agglomeration, two_way",
        "===============================================================",
        "                            Exports               Trade",
        "                        (1)        (2)        (3)        (4)",
        "---------------------------------------------------------------",
        "ln location_quotient  -0.123**  -0.247***  -0.370***  -0.494***",
        "                      (0.050)    (0.100)    (0.150)    (0.200)",
        "R&D share, 100 %         –          –      1.2e-6***      –",
    ]


def test_markdown():
    lines = to_md(regression(), "zh").splitlines()
    assert lines[0] == "**按所在地贸易与产业集聚**"
    assert lines[2] == "|  | 出口额: (1) | 出口额: (2) | 贸易额: (3) | 贸易额: (4) |"
    assert lines[3] == "| :--- | :---: | :---: | :---: | :---: |"
    assert lines[4] == r"| 区位商（对数） | -0.123\*\* | -0.247\*\*\* | -0.370\*\*\* | -0.494\*\*\* |"
    assert lines[5] == "|  | (0.050) | (0.100) | (0.150) | (0.200) |"
    assert {line.count("|") - line.count(r"\|") for line in lines if line.startswith("|")} == {6}


def test_csv_is_unrounded_with_every_p_value():
    sheet = to_csv(regression())
    assert sheet.startswith("\ufeff")
    head, first, *_ = rows_of(sheet)
    assert head[:6] == [
        "Variable",
        "Exports: (1)",
        "Exports: (1) (standard error)",
        "Exports: (1) (t statistic)",
        "Exports: (1) (lower bound)",
        "Exports: (1) (upper bound)",
    ]
    assert first[:7] == ["ln location_quotient", "-0.1234567", "0.05", "-2.469", "-0.2", "-0.05", "0.02"]
    assert len({len(row) for row in rows_of(sheet)}) == 1 and len(set(head)) == len(head)


@pytest.mark.parametrize("paren", ["se", "t", "p", "ci", "none"])
def test_the_csv_does_not_depend_on_what_is_printed_below(paren):
    assert to_csv(regression(Style(paren=paren, stars=()))) == to_csv(regression())


def test_csv_says_the_panel_and_leaves_absent_cells_empty():
    head, *body = rows_of(to_csv(unit_roots(), "zh"))
    assert head[:3] == ["分组", "变量", "确定性项: 含截距项: LLC"]
    assert [row[0] for row in body] == ["水平值", "水平值", "一阶差分", "一阶差分"]
    assert body[1][-2:] == ["", ""]


def test_an_absent_cell_is_a_dash_in_print_and_blank_is_blank():
    made = Table("t1", "T", [Column("a", "A"), Column("b", "B")], [Row("r", "R")], {("r", "b"): BLANK})
    assert "| R | – |  |" in to_md(made)
    assert "R & -- &  \\\\" in to_tex(made)
    assert ">–<" in to_html(made)
    assert rows_of(to_csv(made))[1] == ["R", "", ""]


@pytest.mark.parametrize(
    ("lang", "legend"),
    [
        ("en", "Standard errors in parentheses. ***\u00a0p<0.01, **\u00a0p<0.05, *\u00a0p<0.1."),
        ("zh", "括号内为标准误；***、**、* 分别表示在 1%、5%、10% 水平上显著。"),
    ],
)
def test_the_legend_comes_by_itself(lang, legend):
    assert grid(regression(), lang).notes.endswith(legend)


def test_the_legend_follows_the_style():
    assert grid(regression(Style(paren="t", stars=(0.05,))), "zh").notes.endswith(
        "括号内为 t 统计量；* 表示在 5% 水平上显著。"
    )
    assert grid(regression(Style(paren="none", stars=())), "en").notes.endswith("$ #1.")
    assert "*" not in to_md(regression(Style(stars=()))).replace("**Trade by", "").replace("two\\_way**", "")


def test_headings_that_read_the_same_stay_apart_in_the_csv():
    columns = [Column("a", "x"), Column("b", "x"), Column("c", "")]
    made = Table("t1", "T", columns, [Row("r", "R")], {("r", c.key): Cell(1.0) for c in columns})
    assert rows_of(to_csv(made))[0] == ["Variable", "x (a)", "x (b)", " (c)"] or rows_of(to_csv(made))[0][3] == "(c)"


def test_html_is_well_formed_and_alone(table, lang):
    page = to_html(table, lang)
    open_tags: list[str] = []
    ids: list[str] = []

    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, tag, attrs):
            assert not {"src", "href"} & dict(attrs).keys()
            ids.extend(value for name, value in attrs if name == "id")
            if tag not in ("meta", "link", "br"):
                open_tags.append(tag)

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag

    Reader().feed(page)
    assert not open_tags and ids == [f"{table.id}-{lang}"]
    assert not re.search(r"https?://|@import|url\(", page)


def test_html_rows_have_the_width_of_the_table():
    page = to_html(unit_roots())
    for row in re.findall(r"<tr.*?</tr>", page):
        spans = [int(n) for n in re.findall(r'colspan="(\d+)"', row)]
        assert len(re.findall(r"<t[hd]", row)) - len(spans) + sum(spans) == 9


def test_numbers_in_html_carry_value_and_p():
    assert '<td class="center starred" data-value="-0.1234567" title="p-value = 0.02">−0.123<sup' in to_html(
        regression()
    )
    assert "1.2 × 10<sup>−6</sup>" in to_html(regression())


def test_every_format_prints_the_same_numbers(table, lang):
    """Signs, powers and escapes aside, each printed cell stands in each format."""
    printed = [cell for line in grid(table, lang).lines for cell in line.cells if cell.numeric]
    texts = {
        "md": to_md(table, lang).replace("\\", ""),
        "text": to_text(table, lang),
        "tex": re.sub(r"\$|\\rlap|\\times10\^|[{}^]", "", to_tex(table, lang)).replace("\\%", "%"),
        "html": re.sub(r"<[^>]*>", "", to_html(table, lang)).replace("−", "-").replace("&lt;", "<"),
    }
    for name, text in texts.items():
        for cell in printed:
            for number in (cell.text, *cell.below):
                mantissa = number.partition("e")[0]
                assert mantissa in text, f"{name} lacks {number}"


def test_chinese_is_chinese_and_english_english(table):
    assert not re.search(r"[\u4e00-\u9fff]", to_md(table, "en").replace("区位商", ""))
    assert re.search(r"[\u4e00-\u9fff]", to_md(table, "zh"))
    for english in ("Notes", "Source:", "Variable ", "PASS", "Observations", "continued"):
        assert english not in to_tex(table, "zh")


def test_percentages_have_two_decimals_less_than_numbers():
    assert "98.8%" in to_md(variables()) and "0.98765" in to_csv(variables())


def test_another_language_is_refused():
    with pytest.raises(ValueError, match="fr"):
        to_md(regression(), "fr")
