"""Letters in LaTeX: its own made harmless, symbols as mathematics, Chinese kept apart in an English file."""

from __future__ import annotations

import unicodedata

ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "_": r"\_", "&": r"\&", "#": r"\#", "$": r"\$",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"$<$", ">": r"$>$", "|": r"$|$", "µ": r"$\mu$",
    '"': "''", "−": r"$-$", "–": "--", "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''", "…": r"\dots{}",
    "\u00a0": "~", "\u2009": r"\,", "\u202f": r"\,", "²": r"$^2$", "³": r"$^3$", "¹": r"$^1$", "×": r"$\times$",
    "·": r"$\cdot$", "±": r"$\pm$", "°": r"$^\circ$", "≤": r"$\leq$", "≥": r"$\geq$", "≠": r"$\neq$", "≈": r"$\approx$",
    "→": r"$\rightarrow$", "←": r"$\leftarrow$", "↔": r"$\leftrightarrow$", "⇒": r"$\Rightarrow$", "∞": r"$\infty$",
    "∈": r"$\in$", "∑": r"$\sum$", "√": r"$\surd$", "✓": r"$\surd$", "✗": r"$\times$", "′": r"$'$", "½": r"$\frac12$",
    "₀": r"$_0$", "₁": r"$_1$", "₂": r"$_2$", "Δ": r"$\Delta$", "∆": r"$\Delta$", "∂": r"$\partial$", "£": r"\pounds{}",
    "€": r"EUR", "¥": r"CNY", "§": r"\S{}", "•": r"$\bullet$", "∗": r"$*$", "⁻": r"$^-$", "∅": r"$\emptyset$",
}  # fmt: skip

LATIN_CAPITALS = {"alpha": "A", "beta": "B", "epsilon": "E", "zeta": "Z", "eta": "H", "iota": "I", "kappa": "K",
                  "mu": "M", "nu": "N", "rho": "P", "tau": "T", "chi": "X", "omicron": "O"}  # fmt: skip


def escape(text: str, lang: str = "en") -> str:
    r"""Text with LaTeX's own letters made harmless and symbols set as mathematics.

    >>> print(escape("R² of ln_x: 50% & β<1"))
    R$^2$ of ln\_x: 50\% \& $\beta$$<$1
    """
    out: list[str] = []
    han = ""
    for letter in " ".join(text.split("\n")):
        if _is_han(letter) and lang == "en":
            han += letter
            continue
        if han:
            out.append(r"\han{" + han + "}")
            han = ""
        out.append(letter if lang == "zh" and letter in "“”‘’—…·" else _set(letter, lang))
    return "".join(out) + (r"\han{" + han + "}" if han else "")


def _set(letter: str, lang: str) -> str:
    if letter in ESCAPES:
        return ESCAPES[letter]
    if letter.isascii() or "\u00c0" <= letter <= "\u017f" or (lang == "zh" and _is_han(letter)):
        return letter
    name = unicodedata.name(letter, "")
    if name.startswith("GREEK") and "WITH" not in name:
        size, _, greek = name.removeprefix("GREEK ").partition(" LETTER ")
        greek = greek.replace("FINAL SIGMA", "VARSIGMA").replace("LAMDA", "LAMBDA").lower()
        if size == "CAPITAL" and greek in LATIN_CAPITALS:
            return LATIN_CAPITALS[greek]
        return rf"$\{greek.capitalize() if size == 'CAPITAL' else greek}$" if greek != "omicron" else "o"
    raise ValueError(f"LaTeX has no {letter!r} (U+{ord(letter):04X} {name}) in render/tex_letters.py; add it there")


def _is_han(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"
