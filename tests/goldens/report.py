"""``python -m tests.goldens.report`` writes docs/validation/differences.md from the files in ``differences``."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

from tests.goldens.harness import HERE, maps, raw_cases, read_differences

TARGET = Path("docs/validation/differences.md")


def groups() -> list[str]:
    """The stems of the reference files."""
    return sorted(path.stem for path in (HERE / "outputs").glob("*.json"))


def text() -> str:
    """The whole page: what was compared, where we differ and why, what is not offered."""
    lines = ["# Where our numbers differ from a reference program, and why", "",
             "Written from `tests/goldens/differences/*.yaml` by `python -m tests.goldens.report`, and held to them.",
             "Statistics, coefficients and standard errors agree to 1e-6, p-values to 1e-4, iterated numbers to 1e-4,",
             "unless a case stands here; such a case is held to our own number instead.", ""]
    compared: Counter[str] = Counter()
    for module in maps():
        for raw in raw_cases(module.GROUP):
            if raw["method"] in module.METHODS and module.to_case(raw) is not None:
                compared[module.GROUP] += 1
    lines += ["| group | cases compared | of them differing |", "| :--- | ---: | ---: |"]
    lines += [f"| {g} | {compared[g]} | {len(read_differences(g))} |" for g in groups() if compared[g]]
    for group in groups():
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for case, entry in read_differences(group).items():
            ours = ", ".join(f"{k} {v:.6g}" for k, v in entry["ours"].items())
            found[entry["reason"], entry["arbiter"]].append(f"`{case}`: {ours}")
        for (reason, arbiter), cases in found.items():
            lines += ["", f"## {group}: {len(cases)} cases", "", f"{reason}.", "", f"Arbiter: {arbiter}.", "",
                      *(f"- {case}" for case in cases)]
    lines += ["", "## Not offered", ""]
    for module in sorted(maps(), key=lambda m: (m.GROUP, m.__name__)):
        lines += [f"- {module.GROUP}, {method}: {why}" for method, why in module.NOT_OFFERED.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text(), encoding="utf-8")
