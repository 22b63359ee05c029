"""The look of the figures, and files that are the same bytes every time.

Nothing here draws; ``report.figures`` does, on a :func:`figure` inside :func:`house_style`.
"""

from __future__ import annotations

import io
import warnings
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clustertrade.files import write_whole
from clustertrade.render.fonts import missing_glyphs, register

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito (2008), Color Universal Design: told apart with any common colour vision; black first for print
PALETTE = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
SEQUENTIAL = "cividis"  # light to dark in one order also in grey
DIVERGING = "PuOr"
WIDTH = 16.0  # cm: the text of an A4 page
CM_AN_INCH = 2.54
FORMATS = ("pdf", "svg", "png")
SALT = "clustertrade"  # in place of a random one for the ids inside an SVG
NO_METADATA: dict[str, dict[str, None]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}


def rc() -> dict[str, Any]:
    """The settings of the house as matplotlib's rcParams; every one that matters is set, whatever the user's are."""
    from cycler import cycler
    from matplotlib import rcParamsDefault

    skipped = ("backend", "backend_fallback", "interactive", "toolbar", "timezone")
    settings: dict[str, Any] = {
        k: v for k, v in rcParamsDefault.items() if not k.startswith(("date.", "webagg")) and k not in skipped
    }
    return {
        **settings,
        "font.family": [register()],
        "font.size": 9.0,
        "axes.titlesize": 9.5,
        "axes.titlelocation": "left",
        "axes.labelsize": 9.0,
        "xtick.labelsize": 8.0,
        "ytick.labelsize": 8.0,
        "legend.fontsize": 8.0,
        "legend.frameon": False,
        "figure.titlesize": 10.5,
        "figure.constrained_layout.use": True,
        "figure.figsize": (WIDTH / CM_AN_INCH, 9.0 / CM_AN_INCH),
        "figure.dpi": 100,
        "savefig.dpi": 300,
        "savefig.facecolor": "white",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.7,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#d9d9d9",
        "grid.linewidth": 0.5,
        "lines.linewidth": 1.4,
        "lines.markersize": 4.0,
        "axes.prop_cycle": cycler(color=PALETTE[:7]),
        "image.cmap": SEQUENTIAL,
        "mathtext.fontset": "stixsans",
        "axes.unicode_minus": True,
        "pdf.fonttype": 3,  # 42 with an OpenType face draws warnings from some readers
        "svg.fonttype": "path",  # letters as shapes: there on every machine
        "svg.hashsalt": SALT,
    }


def house_style() -> AbstractContextManager[None]:
    """Everything drawn inside ``with house_style():`` has the look of the house; nothing outside changes."""
    import matplotlib

    return matplotlib.rc_context(rc())  # type: ignore[arg-type]


def figure(width: float = WIDTH, height: float = 9.0) -> Figure:
    """An empty figure of that size in cm, on the Agg canvas and outside pyplot's memory."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    made = Figure(figsize=(width / CM_AN_INCH, height / CM_AN_INCH), layout="constrained")
    FigureCanvasAgg(made)
    return made


def save_figure(fig: Figure, stem: Path | str) -> list[Path]:
    """Write ``<stem>.pdf``, ``.svg`` and ``.png`` without dates, names of programs or random ids.

    Parameters
    ----------
    fig : matplotlib Figure
    stem : path
        ``results/<study>/figures/f02-lq-over-time`` or, in Chinese, the same with ``.zh``.

    Returns
    -------
    list of Path

    Raises
    ------
    ValueError
        If a text holds a letter that the font does not have, naming the letter and the text. Nothing is
        written then: all three formats are drawn before the first is.
    """
    stem = Path(stem)
    drawn: dict[Path, bytes] = {}
    with house_style(), warnings.catch_warnings():
        warnings.filterwarnings("error", message=r"Glyph \d+ .* missing", category=UserWarning)
        for kind in FORMATS:
            out = io.BytesIO()
            try:
                fig.savefig(out, format=kind, metadata=NO_METADATA[kind])
            except UserWarning as warning:
                raise ValueError(_complaint(fig, str(warning))) from None
            drawn[stem.with_name(f"{stem.name}.{kind}")] = out.getvalue()
    for path, content in drawn.items():
        write_whole(path, content)
    return list(drawn)


def _complaint(fig: Figure, warning: str) -> str:
    from matplotlib.text import Text

    texts = [(missing_glyphs(artist.get_text()), artist.get_text()) for artist in fig.findobj(Text)]
    named = [f"{letters!r} in {text!r}" for letters, text in texts if letters]
    what = "; ".join(named[:3]) or warning
    return f"the font of the figures cannot draw {what}; write it otherwise or add it to fonts/make_subset.py"
