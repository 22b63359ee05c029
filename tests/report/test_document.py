from __future__ import annotations

import html.parser
import re

import pytest

from clustertrade.errors import DataError
from clustertrade.render import write_all
from clustertrade.report import document, hypotheses, layouts
from tests.report import simulated


@pytest.fixture(scope="module")
def built(inputs, drawn):
    """The simulated study with all tables and figures made."""
    for name in simulated.RAW["tables"]:
        write_all(layouts.build(inputs, name), inputs.plan.results / "tables" / name)
    return inputs


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.ids, self.links, self.loaded, self.names = [], [], [], set()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.names.add(tag)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if "href" in found else []
        self.loaded += [found["src"]] if "src" in found else []


def test_the_page_stands_alone(built):
    text = document.build(built).read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(text)
    assert len(tags.ids) == len(set(tags.ids))
    assert not tags.names & {"script", "link", "iframe", "object"}
    assert all(src.startswith("data:image/svg+xml;base64,") for src in tags.loaded)
    outside = {link for link in tags.links if not link.startswith(("#", "../"))}
    assert outside == {"https://example.org/simulated"}    # the address of a source
    assert "url(" not in text and "@import" not in text
    assert {link[1:] for link in tags.links if link.startswith("#")} <= set(tags.ids)


def test_the_page_has_every_item_in_both_languages_with_its_files(built):
    text = document.page(built)
    for item in simulated.RAW["report"]:
        assert f'<section class="item" id="{item}">' in text
        folder = "tables" if item.startswith("t") else "figures"
        for ending in ("tex", "docx", "csv") if folder == "tables" else ("pdf", "svg", "png"):
            for mark in ("", ".zh"):
                assert f'href="../{folder}/{item}{mark}.{ending}"' in text
                assert (built.plan.results / folder / f"{item}{mark}.{ending}").exists()
    assert text.count('lang="zh-Hans"') > 20 and "模拟数据" in text and "Nothing is meant." in text
    assert 'href="../manifest.json"' in text and "study toy, t08-base" in text and "S91" in text


def test_the_same_page_every_time(built):
    assert document.page(built) == document.page(built)


def test_a_missing_table_is_named(built, tmp_path):
    other = simulated.write(tmp_path / "other")
    with pytest.raises(DataError, match=r"the report needs t01-variables\.html"):
        document.build(other)


def test_hypotheses_say_what_the_entries_say(built):
    found = hypotheses.findings(built, simulated.RAW["hypotheses"]["H1"])
    assert [f.ref for f in found] == ["tests/relation", "tests/rank", "estimates/base"]
    relation, rank, base = found
    assert relation.verdict == "mixed"                     # Pedroni rejects, Kao does not
    assert "rejected in 2 of 2 (smallest p = 0.006)" in relation.sentences[0]["en"]
    assert rank.verdict == "mixed" and base.verdict == "not-supported"
    assert "of 4 coefficients (0.125 … 0.500)" in base.sentences[0]["en"]
    assert "p = 0.053" in base.sentences[1]["en"]          # equality of groups decides this entry
    assert hypotheses.verdict(found) == "mixed"


def test_measures_describe_and_decide_nothing(built):
    granger, share = hypotheses.findings(built, simulated.RAW["hypotheses"]["H2"])
    assert share.verdict == "not-tested" and "0.100 in 2001, 0.100 in 2010" in share.sentences[0]["en"]
    assert granger.verdict == "mixed" and hypotheses.verdict([share]) == "not-tested"
    assert "adjusted by Holm p = 0.024" in granger.sentences[0]["en"]
    assert granger.sentences[1]["en"].startswith("not found: ΔlnY helps to predict ΔlnX")


@pytest.mark.parametrize(("rank", "says"), [(0, "not-supported"), (1, "supported"), (2, "not-supported")])
def test_full_rank_is_no_cointegration(built, tmp_path, rank, says):
    import json
    from pathlib import Path

    other = simulated.write(tmp_path / "other")
    entry = simulated.results()["tests/rank"]
    entry["results"] = [entry["results"][1]]
    entry["results"][0]["details"] = {"rank": {"trace": rank, "max-eig": 0}}
    Path(other.plan.result("tests/rank")).write_text(json.dumps(entry), encoding="utf-8")
    assert hypotheses.findings(other, {"entries": ["tests/rank"], "sign": "+"})[0].verdict == says


def test_a_sign_against_the_hypothesis_does_not_support_it(built):
    found = hypotheses.findings(built, {"entries": ["estimates/base"], "sign": "-"})
    assert found[0].verdict == "not-supported"


def test_pieces_of_the_page_are_escaped(built):
    text = document.page(built)
    assert not re.search(r"&lt;(span|p|table|figure)", text)


@pytest.mark.parametrize(("address", "link"), [("https://a.org/x @3, f.csv", "https://a.org/x"), ("a.b.cn/c", "https://a.b.cn/c"),
                                               ("Beijing 2011", ""), ("", "")])
def test_addresses_become_links_where_they_are_some(address, link):
    assert document.link(address) == link
