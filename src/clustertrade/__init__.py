"""clustertrade: manufacturing clusters and cross-border e-commerce; panel time-series econometrics for anybody's panel.

>>> import clustertrade as ct
>>> import pandas as pd
>>> frame = pd.DataFrame({"i": list("aaaabbbb"), "t": [1, 2, 3, 4] * 2, "y": [1., 2, 4, 3, 2, 3, 4, 5]})
>>> ct.test("cd", frame, entity="i", time="t", y="y")["CD"].pvalue < 0.2
True
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from clustertrade.panel import Panel
    from clustertrade.results import Estimate, Measure, TestResult

__version__ = "0.1.0"
__all__ = ["Estimate", "Measure", "Panel", "TestResult", "estimate", "measure", "test"]
HOMES = {"Panel": "clustertrade.panel", **dict.fromkeys(("Estimate", "Measure", "TestResult"), "clustertrade.results")}


def __getattr__(name: str) -> Any:
    """Import numpy and the rest on first use, so that ``clustertrade list`` is instant."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(HOMES[name]), name)


def test(name: str, data: pd.DataFrame, *, y: str, x: str | Sequence[str] = (), entity: str | None = None,
         time: str | None = None, freq: str | None = None, **options: Any) -> TestResult:
    """Run a test by its name in ``clustertrade list``.

    Parameters
    ----------
    name : str
        Such as ``ips``.
    data : DataFrame
        A row an entity and period, or a (entity, time) MultiIndex; without ``entity`` one time series.
    y, x : column names
        The variable, and the regressors where the test has them.
    entity, time : column names, optional
        What identifies a row.
    freq : A, Q, M, W or D, optional
        The step of dates.
    **options
        As on the command line, in snake case: ``trend="ct", lags="aic", max_lags=3``.

    Raises
    ------
    UsageError, DataError, InfeasibleError
        Wrong call, invalid data, not computable on this data.
    """
    return _run("test", name, data, y, x, entity, time, freq, options)


test.__test__ = False  # type: ignore[attr-defined]          # pytest collects functions called test*


def estimate(name: str, data: pd.DataFrame, *, y: str, x: str | Sequence[str] = (), entity: str | None = None,
             time: str | None = None, freq: str | None = None, **options: Any) -> Estimate:
    """Run an estimator by its name in ``clustertrade list``; parameters as for :func:`test`."""
    return _run("estimate", name, data, y, x, entity, time, freq, options)


def measure(name: str, data: pd.DataFrame, **options: Any) -> Measure:
    """Compute a measure by its name in ``clustertrade list``; options name the columns of ``data``."""
    from clustertrade.registry import load

    return load(name, "measure")(data, **options)


def _run(kind: str, name: str, data: pd.DataFrame, y: str, x: str | Sequence[str], entity: str | None,
         time: str | None, freq: str | None, options: dict[str, Any]) -> Any:
    from clustertrade.options import beside
    from clustertrade.panel import Panel
    from clustertrade.registry import load

    procedure = load(name, kind)
    xs = [x] if isinstance(x, str) else list(x)
    named = {k: [v] if isinstance(v, str) else list(v) for k, v in options.items()
             if v is not None and k.replace("-", "_") in beside(procedure.defaults)}
    columns = list(dict.fromkeys([y, *xs, *(c for cs in named.values() for c in cs)]))
    panel = Panel.from_frame(data, entity=entity, time=time, freq=freq, columns=columns,
                             groups=[*named.get("group", ()), *named.get("absorb", ())])
    return procedure(panel[y], panel[xs] if xs else None, **{**options, **{k: panel[cs] for k, cs in named.items()}})
