"""The reference pages of docs/reference, a family a page, from the decorators and docstrings of the procedures.

``make index`` writes them (``python -m clustertrade.registry``) and a test holds them to what stands in the code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from clustertrade.catalog import scope
from clustertrade.options import OPTIONS

FAMILIES = {
    "unitroot": "Unit roots and stationarity", "dependence": "Dependence between entities",
    "cointegration": "Cointegration", "causality": "Causality", "specification": "Specification tests",
    "estimators": "Estimators", "measures": "Measures of agglomeration, weights, coordination and efficiency"}
SECTION = re.compile(r"^(Parameters|Returns|Raises|Notes|References|Examples)\n-+\n", re.M)


class Described(Protocol):
    """What a page needs of a procedure."""

    __doc__: str | None

    def index_row(self) -> dict[str, Any]:
        """Its row in the index."""


def pages(procedures: Sequence[Described]) -> dict[str, str]:
    """File name to text: README.md, which lists all, and a page a family."""
    rows = [p.index_row() for p in procedures]
    made = {"README.md": _overview(rows)}
    for family, title in FAMILIES.items():
        own = [(row, p) for row, p in zip(rows, procedures, strict=True) if row["family"] == family]
        made[f"{family}.md"] = "\n".join([f"# {title}\n\n[All procedures](README.md)\n",
                                          *(_page(row, p.__doc__ or "") for row, p in own)])
    return made


def _overview(rows: Sequence[Mapping[str, Any]]) -> str:
    verbs = {"test": "clustertrade test", "estimate": "clustertrade estimate", "measure": "clustertrade measure"}
    lines = ["# Procedures", "", f"All {len(rows)} procedures, as `clustertrade list` names them; each has its "
             "hypotheses, options, formula, reference and how it was checked on the page of its family. "
             "`clustertrade show NAME` prints the same.", "",
             "These pages are generated from the code (`make index`)."]
    for family, title in FAMILIES.items():
        own = [r for r in rows if r["family"] == family]
        lines += ["", f"## {title}", "", f"{len(own)} procedures, run by `{verbs[own[0]['kind']]} NAME`.", "",
                  "| name | what it is | for |", "| :--- | :--- | :--- |"]
        lines += [f"| [`{r['name']}`]({family}.md#{r['name']}) | {_cell(r['title'])} | {scope(r)} |" for r in own]
    return "\n".join(lines) + "\n"


def _page(row: Mapping[str, Any], doc: str) -> str:
    parts = _sections(doc)
    lines = [f"## {row['name']}", "", f"**{row['title']}**, for {scope(row)}.", ""]
    if row["null"]:
        lines += [f"- Null hypothesis: {row['null']}.", f"- Alternative: {row['alternative']}."]
    x = {"required": "needs `--x`", "optional": "takes `--x`"}.get(row["x"])
    lines += [f"- Data: `--y`; {x}." if x else "- Data: `--y`."] if row["kind"] != "measure" else []
    lines += [*([""] if lines[-1] else []), _marked(parts[""]), "", *_options(row, parts.get("Parameters", ""))]
    for name in ("Returns", "Raises", "Notes"):
        if name in parts:
            lines += ["", f"**{name}**", "", _marked(_definitions(parts[name]) if name != "Notes" else parts[name])]
    lines += ["", *(f"{line}\n" for line in parts["end"])]
    return "\n".join(lines).rstrip() + "\n"


def _sections(doc: str) -> dict[str, Any]:
    """The text before the first heading under "", the sections by name, and the lines that the decorator adds."""
    end = [p for p in doc.split("\n\n") if re.match(r"(Checked|Reference): ", p)]
    for p in (*end, *(p for p in doc.split("\n\n") if p.startswith("Null hypothesis: "))):
        doc = doc.replace(p, "")
    pieces = SECTION.split(doc)
    found: dict[str, Any] = {"": pieces[0].strip()}
    found |= {name: text.strip("\n") for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}
    return found | {"end": [_linked(p) for p in end]}


def _options(row: Mapping[str, Any], parameters: str) -> list[str]:
    said = {}
    for head, text in re.findall(r"^(\S[^\n]*)\n((?:[ ]+[^\n]*\n?|\n)+)", parameters + "\n", re.M):
        for name in head.split(" :")[0].split(","):
            said[name.strip().rstrip("_")] = " ".join(text.split())
    if not row["options"]:
        return ["It has no options."]
    lines = ["| option | default | meaning |", "| :--- | :--- | :--- |"]
    for name, facts in row["options"].items():
        option = OPTIONS[name]
        allowed = row["conventions"] if name == "convention" else facts["choices"]
        choices = f" {_cell('|'.join(allowed))}" if allowed else ""
        meaning = said.get(name) or option.help
        lines.append(f"| `{option.flag}`{choices} | {_default(facts['default'], name in row['required'])} "
                     f"| {_cell(_marked(meaning))} |")
    return lines


def _default(value: Any, required: bool) -> str:
    if required:
        return "required"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == []:
        return "–"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _definitions(text: str) -> str:
    """numpydoc's name and indented text, as a list."""
    lines = []
    for line in text.split("\n"):
        if line.strip():
            lines.append(f"- {line.strip()}:" if not line.startswith(" ") else f"  {line.strip()}")
    return "\n".join(lines)


def _marked(text: str) -> str:
    """Formulas and code of reStructuredText as Markdown knows them."""
    text = re.sub(r"^\.\. math::\s*((?:.+\n?)(?:(?:[ ]+.*)?\n?(?=[ ]|\n[ ]))*(?:[ ]+.+\n?)*)",
                  lambda m: _formula(m[1]), text + "\n", flags=re.M)
    text = re.sub(r":math:`([^`]+)`", r"$\1$", text)
    text = re.sub(r":(?:func|mod|class):`([^`]+)`", r"`\1`", text)
    return text.replace("``", "`").strip()


def _formula(text: str) -> str:
    """Display formulas: a blank line starts the next."""
    each = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]
    return "\n".join(f"$${part}$$\n" for part in each)


def _linked(text: str) -> str:
    kind, _, rest = " ".join(text.split()).partition(": ")
    rest = re.sub(r"doi:(\S+)", lambda m: f"[doi:{m[1]}](https://doi.org/{m[1]})", rest)
    return f"{kind}: {rest.replace('``', '`')}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
