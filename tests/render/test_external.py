"""The files in the programs that read them. Run by ``make validate``; a tool that is absent is a failure.

On Debian: texlive-xetex texlive-lang-chinese texlive-latex-recommended libreoffice-writer-nogui chromium poppler-utils.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from clustertrade.render import to_docx, to_html, to_tex

pytestmark = pytest.mark.external

PAPERS = {
    # a paper of its own: class, packages, columns of text around the table
    "en": [
        ("pdflatex", r"\documentclass{article}\usepackage{booktabs}"),
        ("xelatex", r"\documentclass[12pt]{article}\usepackage{booktabs,graphicx}"),
        ("pdflatex", r"\documentclass[twocolumn]{article}\usepackage{booktabs,graphicx,longtable,array}"),
        ("xelatex", r"\documentclass{article}"),  # without booktabs
    ],
    "zh": [
        ("xelatex", r"\documentclass{ctexart}\usepackage{booktabs}"),
        ("xelatex", r"\documentclass{article}\usepackage{ctex,booktabs,graphicx}"),
    ],
}
ALONE = {"en": ("pdflatex", "xelatex"), "zh": ("xelatex",)}


def run(*command: str, cwd: Path) -> str:
    assert shutil.which(command[0]), f"{command[0]} is not installed, and this test needs it"
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, errors="replace", timeout=180)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-3000:]}\n{done.stderr[-1000:]}"
    return done.stdout


def latex(engine: str, name: str, cwd: Path) -> str:
    log = run(engine, "-interaction=nonstopmode", "-halt-on-error", name, cwd=cwd)
    for fault in ("Missing character", "Float too large", "undefined", "incomplete"):
        assert fault not in log.replace("Reference", ""), log[-3000:]
    return log


def words_of(pdf: Path) -> str:
    return re.sub(r"\s+", " ", run("pdftotext", "-layout", pdf.name, "-", cwd=pdf.parent))


@pytest.mark.parametrize("engine", ["pdflatex", "xelatex"])
def test_latex_alone(table, lang, engine, tmp_path):
    if engine not in ALONE[lang]:
        engine = ALONE[lang][0]
    (tmp_path / "t.tex").write_text(to_tex(table, lang), encoding="utf-8")
    log = latex(engine, "t", tmp_path)
    assert "Overfull \\hbox" not in log, log[-3000:]
    text = words_of(tmp_path / "t.pdf")
    title = table.title if isinstance(table.title, str) else table.title[lang]
    assert ("Table 1: " if lang == "en" else "表 1") in text and title.split("_")[0] in text


@pytest.mark.parametrize("number", range(4))
def test_latex_in_a_paper(table, lang, number, tmp_path):
    engine, preamble = PAPERS[lang][number % len(PAPERS[lang])]
    if table.id == "t01-variables" and lang == "en":  # holds Chinese letters
        engine, preamble = ("xelatex", preamble + r"\usepackage{xeCJK}\setCJKmainfont{FandolSong-Regular.otf}")
    suffix = "" if lang == "en" else ".zh"
    (tmp_path / f"{table.id}{suffix}.tex").write_text(to_tex(table, lang), encoding="utf-8")
    paper = rf"""{preamble}\begin{{document}}
Before. \input{{{table.id}{suffix}}}
After, Table~\ref{{tab:{table.id}}}.
\begin{{table}}\caption{{Next}}\label{{next}}x\end{{table}}Next is \ref{{next}}.\end{{document}}
"""
    (tmp_path / "paper.tex").write_text(paper, encoding="utf-8")
    run(engine, "-interaction=nonstopmode", "-halt-on-error", "paper", cwd=tmp_path)
    latex(engine, "paper", tmp_path)
    text = words_of(tmp_path / "paper.pdf")
    assert "After, Table 1." in text and "Next is 2." in text  # several floats are one table


def test_word_in_libreoffice(table, lang, tmp_path):
    (tmp_path / "t.docx").write_bytes(to_docx(table, lang))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    run("soffice", "--headless", profile, "--convert-to", "pdf", "t.docx", cwd=tmp_path)
    text = words_of(tmp_path / "t.pdf")
    pages = int(re.search(r"Pages:\s+(\d+)", run("pdfinfo", "t.pdf", cwd=tmp_path)).group(1))
    heading = {"en": "Recomputed", "zh": "重新计算值"}[lang]
    assert pages == text.count(heading) if table.id == "t22-audit" else pages == 1  # the head is on every page
    run("pdftoppm", "-r", "60", "-png", "t.pdf", "t", cwd=tmp_path)
    assert ink(next(tmp_path.glob("t-*.png"))) > 0.002


def test_html_in_chromium(table, lang, tmp_path):
    (tmp_path / "t.html").write_text(to_html(table, lang), encoding="utf-8")
    browser = next(
        (name for name in ("chromium", "chromium-browser", "google-chrome") if shutil.which(name)), "chromium"
    )
    options = ["--headless=new", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={tmp_path}/profile"]
    options += ["--no-sandbox"] * (os.getuid() == 0)
    run(
        browser,
        *options,
        "--window-size=1200,800",
        f"--screenshot={tmp_path}/t.png",
        f"file://{tmp_path}/t.html",
        cwd=tmp_path,
    )
    assert ink(tmp_path / "t.png") > 0.002


def ink(picture: Path) -> float:
    """The share of a picture that is dark."""
    import numpy as np
    from matplotlib.image import imread

    return float(np.mean(np.asarray(imread(picture))[..., :3].mean(axis=-1) < 0.5))
