"""The page in a browser, tables in LaTeX and Word. Run by ``make validate``; a tool that is absent is a failure."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from clustertrade.render import write_all
from clustertrade.report import document, layouts
from tests.report import simulated

pytestmark = pytest.mark.external


def run(*command: str, cwd: Path) -> None:
    assert shutil.which(command[0]), f"{command[0]} is not installed, and this test needs it"
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, errors="replace", timeout=180)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-3000:]}\n{done.stderr[-1000:]}"


def printed(page: Path) -> str:
    browsers = ("chromium", "chromium-browser", "google-chrome")
    browser = next((name for name in browsers if shutil.which(name)), browsers[0])
    run(browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={page.parent}/profile",
        "--no-pdf-header-footer", "--print-to-pdf=page.pdf", page.as_uri(), cwd=page.parent)
    run("pdftotext", "-layout", "page.pdf", "page.txt", cwd=page.parent)
    return re.sub(r"\s+", " ", (page.parent / "page.txt").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_switch_shows_one_language(inputs, drawn, tmp_path, lang):
    for name in simulated.RAW["tables"]:
        write_all(layouts.build(inputs, name), inputs.plan.results / "tables" / name)
    text = document.page(inputs)
    if lang == "zh":                                       # what a click on the switch does
        text = text.replace('id="show-en" checked', 'id="show-en"').replace('id="show-zh"', 'id="show-zh" checked')
    (tmp_path / "index.html").write_text(text, encoding="utf-8")
    seen = printed(tmp_path / "index.html")
    there, absent = ("Nothing but noise", "全为噪声") if lang == "en" else ("全为噪声", "Nothing but noise")
    assert there in seen and absent not in seen
    assert ("Table T8" in seen) == (lang == "en") and ("表 T8" in seen) == (lang == "zh")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["t01-variables", "t05-roots", "t08-base", "t21-quality"])
def test_tables_of_a_study_in_latex_and_word(inputs, tmp_path, name, lang):
    write_all(layouts.build(inputs, name), tmp_path / name)
    stem = name if lang == "en" else f"{name}.zh"
    run("xelatex", "-interaction=nonstopmode", "-halt-on-error", f"-jobname={name}", f"{stem}.tex", cwd=tmp_path)
    run("soffice", f"-env:UserInstallation=file://{tmp_path}/office", "--headless", "--convert-to", "pdf", "--outdir",
        "office-pdf", f"{stem}.docx", cwd=tmp_path)
    for pdf in (tmp_path / f"{name}.pdf", tmp_path / "office-pdf" / f"{stem}.pdf"):
        run("pdftotext", "-layout", str(pdf), "out.txt", cwd=tmp_path)
        assert simulated.TITLE[lang] in (tmp_path / "out.txt").read_text(encoding="utf-8")
