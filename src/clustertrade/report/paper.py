"""The tables and figures of a study as one Word document in each language, for a referee to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clustertrade.files import write_whole
from clustertrade.render.paper import Paper
from clustertrade.render.words import LANGUAGES, both, in_language, word
from clustertrade.render.write import suffix
from clustertrade.report.document import below, contents, item_of, read
from clustertrade.study.inputs import Inputs
from clustertrade.study.plan import FIGURE_SUFFIXES, TABLE_SUFFIXES


def build(inputs: Inputs) -> list[Path]:
    """Write ``report/paper.docx`` and ``report/paper.zh.docx`` from the tables and figures that the report lists.

    Raises
    ------
    DataError
        A table or figure has not been made yet.
    """
    said = contents(inputs, [_item(inputs, item) for item in inputs.study.report])
    made = {inputs.plan.results / "report" / f"paper{suffix(lang)}.docx": paper(inputs, said, lang)
            for lang in LANGUAGES}
    for path, document in made.items():
        write_whole(path, document)
    return list(made)


def _item(inputs: Inputs, item: str) -> dict[str, Any]:
    if item in (tables := inputs.study.section("tables")):
        return item_of(inputs, item, "table", tables[item], TABLE_SUFFIXES)
    return {**item_of(inputs, item, "figure", inputs.study.section("figures")[item], FIGURE_SUFFIXES),
            **below(inputs, item)}


def paper(inputs: Inputs, said: dict[str, Any], lang: str) -> bytes:
    """The document in one language: abstract, hypotheses with what was found, the items by part, limits, literature."""
    def t(text: Any) -> str:
        return in_language(text, lang)

    made = Paper(t(said["title"]), lang)
    made.text(t(said["abstract"]) if said["abstract"] else "")
    if said["hypotheses"]:
        made.heading(word("page.hypotheses", lang))
        made.text(word("page.rule", lang))
    for h in said["hypotheses"]:
        made.text(f"{h['id']}  {t(h['text'])}" + t(both("page.in-brackets", text=h["verdict"])))
        for f in h["findings"]:
            found = word("punctuation.between", lang).join(t(s) for s in f["sentences"])
            verdict = t(both("page.in-brackets", text=f["verdict"]))
            made.text(f"{f['ref']}{verdict}{word('punctuation.colon', lang)}{found}", small=True)
        made.text(t(h["answer"]) if h["answer"] else "")
    if said["coevolution"]:
        made.heading(word("coevolve.title", lang))
        for sentence in said["coevolution"]:
            made.text(t(sentence))
    for group in said["groups"]:
        made.heading(t(group["title"]))
        for item in group["items"]:
            path = inputs.plan.results / f"{item['kind']}s" / f"{item['id']}{suffix(lang)}"
            if item["kind"] == "table":
                made.table(read(path.with_name(f"{path.name}.docx")), t(item["heading"]))
            else:
                made.figure(read(path.with_name(f"{path.name}.png")), t(item["heading"]), t(item["title"]),
                            [item[key][lang] for key in ("notes", "sources")])
    if said["limits"]:
        made.heading(word("page.limits", lang))
        for limit in said["limits"]:
            made.text(t(limit))
    made.heading(word("page.methods", lang))
    for r in said["references"]:
        made.text(f"{t(r['title'])}{word('punctuation.colon', lang)}{r['text']}"
                  + (f" doi:{r['doi']}" if r["doi"] else ""), small=True)
    made.heading(word("page.sources", lang))
    for s in said["sources"]:
        facts = ", ".join(str(s[key]) for key in ("publisher", "year", "address") if s.get(key))
        made.text(f"[{s['id']}] {s['title']}. {facts}" + (f" ({s['licence']})" if s.get("licence") else ""), small=True)
    made.heading(word("page.reproduce", lang))
    made.text(t(both("page.how", study=inputs.study.name, seed=said["seed"])) + " manifest.json")
    made.text(t(said["citation"]))
    return made.save()
