"""The report page of a study: one file that needs nothing else, both languages by a switch."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from clustertrade.errors import DataError
from clustertrade.files import write_whole
from clustertrade.render.html import CSS
from clustertrade.render.words import LANGUAGES, Text, both, in_language, word
from clustertrade.render.write import suffix
from clustertrade.report import assemble, coevolution, figures, hypotheses, labels, notes, sources
from clustertrade.report.figures.coefficients import number
from clustertrade.study.inputs import Inputs
from clustertrade.study.load import texts
from clustertrade.study.plan import FIGURE_SUFFIXES, TABLE_SUFFIXES

TEMPLATES = Path(__file__).parent / "templates"
FRAGMENT = re.compile(r'<figure class="ct-table".*?</figure>\n', re.S)
# The part of the page that an item stands in, by its layout or kind.
PARTS = {
    "data": ("quality", "reconciliation", "variables", "descriptives", "correlations", "coverage", "small-multiples",
             "tile-grid"),
    "published": ("audit", "points", "points-by-definition"),
    "dynamics": ("dependence", "tests-by-variable", "tests-by-statistic", "causality", "directions", "scatter",
                 "long-run", "entity-coefficients", "equilibrium-errors", "adjustment-paths",
                 "var-order", "variance-decomposition", "responses", "variance-shares"),
    "regressions": ("regressions", "coefficients", "cross-section", "specification-summary", "specification-curve",
                    "event-study", "thresholds", "mechanism", "spatial", "likelihood-ratio", "marginal-effects"),
    "coordination": ("weights", "synergy", "coupling", "interaction", "order-lines", "heat-map", "phase-portrait",
                     "potential", "convergence"),
}


def build(inputs: Inputs) -> Path:
    """Write ``report/index.html`` from the tables and figures that the report lists.

    Raises
    ------
    DataError
        A table or figure has not been made yet.
    """
    path = inputs.plan.results / "report" / "index.html"
    write_whole(path, page(inputs))
    return path


def page(inputs: Inputs) -> str:
    """The text of the page."""
    import jinja2

    items = [_table(inputs, i) if i in inputs.study.section("tables") else _figure(inputs, i)
             for i in inputs.study.report]
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True,
                                     undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    return environment.get_template("page.html.j2").render(
        css=_trusted(CSS + (TEMPLATES / "page.css").read_text(encoding="utf-8")),
        first=inputs.study.raw["study"].get("languages", LANGUAGES)[0], study=inputs.study.name, words=both,
        pair=lambda text: tuple(in_language(text, lang) for lang in LANGUAGES), **contents(inputs, items))


def contents(inputs: Inputs, items: list[dict[str, Any]]) -> dict[str, Any]:
    """What the page and the paper say: title, abstract, hypotheses, the items by part, limits, methods, sources."""
    study, head = inputs.study, inputs.study.raw["study"]
    return {"title": study.title, "abstract": texts(head["abstract"]) if "abstract" in head else None,
            "groups": _groups(items), "hypotheses": _hypotheses(inputs), "coevolution": coevolution.sentences(inputs),
            "limits": [texts(x) for x in head.get("limits", [])], "references": _references(inputs),
            "sources": _sources(inputs), "seed": study.seed, "citation": assemble.citation(study.name, "report")}


def _trusted(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)


def read(path: Path) -> bytes:
    """A file of an item, or DataError: it has not been made yet."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"the report needs {path.name}, which is not there: make tables and figures first") from None


def item_of(inputs: Inputs, item: str, kind: str, spec: Mapping[str, Any], endings: Iterable[str]) -> dict[str, Any]:
    """What is said of an item whatever shows it: number, title, part, names of its files."""
    folder, name = f"{kind}s", number(item)
    return {"id": item, "kind": kind, "number": name, "title": texts(spec["title"]),
            "heading": both(f"page.{kind}-number", number=name), "part": spec["layout" if kind == "table" else "kind"],
            "files": {lang: [f"{folder}/{item}{suffix(lang)}.{ending}" for ending in endings] for lang in LANGUAGES}}


def _table(inputs: Inputs, item: str) -> dict[str, Any]:
    made = item_of(inputs, item, "table", inputs.study.section("tables")[item], TABLE_SUFFIXES)
    fragments = {}
    for lang in LANGUAGES:
        text = read(inputs.plan.results / "tables" / f"{item}{suffix(lang)}.html").decode("utf-8")
        found = FRAGMENT.search(text)
        if found is None:
            raise DataError(f"{item}{suffix(lang)}.html holds no table")
        fragments[lang] = _trusted(found[0])
    return {**made, "fragments": fragments}


def _figure(inputs: Inputs, item: str) -> dict[str, Any]:
    made = item_of(inputs, item, "figure", inputs.study.section("figures")[item], FIGURE_SUFFIXES)
    # As a data address, so that the ids inside one drawing cannot meet those of another.
    images = {lang: base64.b64encode(read(inputs.plan.results / "figures" / f"{item}{suffix(lang)}.svg")).decode()
              for lang in LANGUAGES}
    return {**made, "images": images, **below(inputs, item)}


def below(inputs: Inputs, item: str) -> dict[str, dict[str, str]]:
    """What stands below a figure, by language: its notes, the sources, how to cite it."""
    ids = sorted(figures.source_ids(inputs, item), key=notes.source_order)
    parts = {"notes": ("notes", figures.notes(inputs, item)), "sources": ("source", sources.titled(inputs.plan, ids)),
             "citation": ("cite-as", [assemble.citation(inputs.study.name, item)])}
    return {key: {lang: _paragraph(lead, list(said), lang) for lang in LANGUAGES}
            for key, (lead, said) in parts.items()}


def _paragraph(lead: str, sentences: Iterable[Text], lang: str) -> str:
    """Sentences as under a table: lead-in, colon, the language's stops."""
    said = [in_language(s, lang).rstrip(" .;。；") for s in sentences]
    colon, stop, end = (word(f"punctuation.{mark}", lang) for mark in ("colon", "between", "end"))
    return word(lead, lang) + colon + stop.join(said) + end if said else ""


def _groups(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parts of the page with their items, in the order of the report."""
    found = [{"id": part, "title": both(f"page.part.{part}"), "items": [i for i in items if i["part"] in kinds]}
             for part, kinds in PARTS.items()]
    return [group for group in found if group["items"]]


def _hypotheses(inputs: Inputs) -> list[dict[str, Any]]:
    shown = []
    for name, spec in inputs.study.section("hypotheses").items():
        found = hypotheses.findings(inputs, spec)
        shown.append({"id": name, "text": texts(spec["text"]), "verdict": both(hypotheses.verdict(found)),
                      "answer": texts(spec["answer"]) if "answer" in spec else None,
                      "findings": [{"ref": f.ref, "verdict": both(f.verdict), "sentences": f.sentences}
                                   for f in found]})
    return shown


def _references(inputs: Inputs) -> list[dict[str, Any]]:
    """The literature behind each procedure of the study, in the order of its entries."""
    found: dict[str, dict[str, Any]] = {}
    for stage in ("measures", "tests", "estimates"):
        for name in inputs.study.section(stage):
            entry = inputs.json(f"{stage}/{name}")
            for r in entry.get("results", [entry]):
                found.setdefault(r["name"], {"title": labels.title(r["name"]), "text": r["reference"].get("text", ""),
                                             "doi": r["reference"].get("doi")})
    for name in inputs.study.section("specifications"):
        cited = inputs.results(f"specifications/{name}")[0]["reference"]
        found["specifications"] = {"title": both("curve.title"), "text": cited["text"], "doi": cited["doi"]}
    return list(found.values())


def _sources(inputs: Inputs) -> list[dict[str, Any]]:
    """Every publication behind the study's data; a link where its address is one of the web."""
    seen: dict[str, dict[str, Any]] = {}
    for source in sorted(inputs.plan.sources, key=notes.source_order):
        for publication in sources.described(inputs.plan, source):
            seen.setdefault(publication["id"], {**publication, "link": link(publication.get("address", ""))})
    return sorted(seen.values(), key=lambda p: notes.source_order(p["id"]))


def link(address: str) -> str:
    """The web address that an address begins with; "" where it begins with none.

    >>> link("https://example.org/a @3f, file.csv"), link("www.example.org/b"), link("Beijing, 2011")
    ('https://example.org/a', 'https://www.example.org/b', '')
    """
    first = address.partition(" ")[0].rstrip(",;")
    if re.match(r"https?://\S+\.\S+", first):
        return first
    return f"https://{first}" if re.match(r"[\w-]+(\.[\w-]+)+/\S*", first) else ""
