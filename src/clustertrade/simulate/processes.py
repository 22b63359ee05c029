"""Panels y and x whose truth is known: for tests of tests, for teaching, for power."""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from clustertrade.errors import UsageError, first_of

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Process = Callable[..., tuple[Array, Array]]
PROCESSES: dict[str, Process] = {}
MOST = 50_000_000                                          # rows: what a machine of today holds


def draw(name: str, n: int, t: int, seed: int, **settings: float) -> pd.DataFrame:
    """A simulated panel.

    Parameters
    ----------
    name : str
        A process: independent-walks, stationary-ar, factor-walks, cointegrated, no-cointegration or granger.
    n, t : int
        Entities, at least 1, and periods, at least 2.
    seed : int
        The same seed gives the same panel, whatever was drawn before.
    **settings
        Of the process, such as ``rho=0.9``; the docstrings of the processes name them.

    Returns
    -------
    DataFrame
        ``entity`` (e1, e2, ...), ``time`` (1 ... t), ``y``, ``x``; ``attrs["simulated"]`` says what it is.

    Raises
    ------
    UsageError
        An unknown process or setting, a size or setting out of range.

    Examples
    --------
    >>> frame = draw("cointegrated", n=2, t=3, seed=1, slope=2.0)
    >>> list(frame.columns), len(frame), frame.attrs["simulated"]
    (['entity', 'time', 'y', 'x'], 6, 'simulated: cointegrated, n=2, t=3, seed=1, slope=2, adjustment=0.5')
    """
    import pandas as pd

    process = find(name)
    if n < 1 or t < 2 or seed < 0:
        raise UsageError(f"simulate {name}: n at least 1, t at least 2, seed at least 0; not n={n}, t={t}, seed={seed}")
    if n * t > MOST:
        raise UsageError(f"simulate {name}: n={n} times t={t} is more than {MOST:,} rows")
    taken = {**_settings(process), **_checked(name, process, settings)}
    y, x = process(np.random.default_rng(seed), n, t, **taken)
    width = len(str(n))
    frame = pd.DataFrame({"entity": np.repeat([f"e{i:0{width}d}" for i in range(1, n + 1)], t),
                          "time": np.tile(np.arange(1, t + 1), n), "y": y.ravel(), "x": x.ravel()})
    told = "".join(f", {k}={v:g}" for k, v in taken.items())
    frame.attrs["simulated"] = f"simulated: {name}, n={n}, t={t}, seed={seed}{told}"
    return frame


def find(name: str) -> Process:
    """The process of that name, or UsageError with names near it."""
    if name not in PROCESSES:
        near = difflib.get_close_matches(name, PROCESSES, 3)
        raise UsageError(f"no process is called {name}; " + (f"near it: {first_of(near)}" if near else
                                                              f"there are {first_of(PROCESSES, 12)}"))
    return PROCESSES[name]


def _settings(process: Process) -> dict[str, float]:
    return {p.name: p.default for p in inspect.signature(process).parameters.values()
            if p.kind is inspect.Parameter.KEYWORD_ONLY}


def _checked(name: str, process: Process, settings: dict[str, Any]) -> dict[str, float]:
    known = _settings(process)
    if unknown := [s for s in settings if s not in known]:
        near = difflib.get_close_matches(unknown[0], known, 1)
        hint = f"; near it: {near[0]}" if near else ""
        raise UsageError(f"simulate {name} does not take {first_of(unknown)}{hint}; it takes "
                         f"{first_of(known) or 'no setting'}")
    for key, value in settings.items():
        try:
            settings[key] = float(value)
        except (TypeError, ValueError):
            raise UsageError(f"simulate {name}: {key}={value} is not a number") from None
        if not math.isfinite(settings[key]):
            raise UsageError(f"simulate {name}: {key}={value} is not a finite number")
    return settings


def _process(name: str) -> Callable[[Process], Process]:
    def register(function: Process) -> Process:
        PROCESSES[name] = function
        return function

    return register


def autoregression(shocks: Array, rho: float) -> Array:
    """u_t = rho u_{t-1} + e_t along the last axis; the first value has the stationary variance where there is one."""
    out = shocks.copy()
    if abs(rho) < 1:
        out[..., 0] /= math.sqrt(1 - rho**2)
    for s in range(1, out.shape[-1]):
        out[..., s] += rho * out[..., s - 1]
    return out


def _stationary(name: str, rho: float) -> None:
    if not -1 < rho < 1:
        raise UsageError(f"simulate {name}: rho between -1 and 1, not {rho:g}; independent-walks has the unit root")


@_process("independent-walks")
def independent_walks(rng: np.random.Generator, n: int, t: int) -> tuple[Array, Array]:
    """Random walks y and x, independent of each other and between entities: unit roots, no cointegration."""
    y, x = rng.standard_normal((2, n, t)).cumsum(-1)
    return y, x


@_process("stationary-ar")
def stationary_ar(rng: np.random.Generator, n: int, t: int, *, rho: float = 0.5) -> tuple[Array, Array]:
    """First-order autoregressions y and x with coefficient rho, independent of each other and between entities."""
    _stationary("stationary-ar", rho)
    y, x = autoregression(rng.standard_normal((2, n, t)), rho)
    return y, x


@_process("factor-walks")
def factor_walks(rng: np.random.Generator, n: int, t: int, *, loading: float = 1.0) -> tuple[Array, Array]:
    """Random walks of each entity plus ``loading`` times a random walk common to all, one for y and one for x.

    Dependence between entities; with no cointegration between y and x, nor between entities.
    """
    common = rng.standard_normal((2, 1, t)).cumsum(-1)
    y, x = rng.standard_normal((2, n, t)).cumsum(-1) + loading * common
    return y, x


@_process("cointegrated")
def cointegrated(rng: np.random.Generator, n: int, t: int, *, slope: float = 1.0,
                 adjustment: float = 0.5) -> tuple[Array, Array]:
    """y = a_i + slope x + u with x a random walk and u an autoregression with coefficient 1 - adjustment.

    Of a deviation from the long run, the share ``adjustment`` (above 0, at most 1) is gone after a period.
    """
    if not 0 < adjustment <= 1:
        raise UsageError(f"simulate cointegrated: adjustment above 0 and at most 1, not {adjustment:g}; "
                         "no-cointegration has none")
    return _long_run(rng, n, t, slope, 1 - adjustment)


@_process("no-cointegration")
def no_cointegration(rng: np.random.Generator, n: int, t: int, *, slope: float = 1.0) -> tuple[Array, Array]:
    """y = a_i + slope x + u with x and u random walks independent of each other: related, but with no long run."""
    return _long_run(rng, n, t, slope, 1.0)


@_process("granger")
def granger(rng: np.random.Generator, n: int, t: int, *, beta: float = 0.3, rho: float = 0.5) -> tuple[Array, Array]:
    """y_t = a_i + rho y_{t-1} + beta x_{t-1} + e_t and x_t = rho x_{t-1} + v_t: x causes y, y does not cause x."""
    _stationary("granger", rho)
    before = 100                                           # periods that are forgotten, for a stationary start of y
    level = rng.standard_normal((n, 1))
    shocks, x = rng.standard_normal((n, t + before)), autoregression(rng.standard_normal((n, t + before)), rho)
    shocks[:, 1:] += beta * x[:, :-1]
    y = autoregression(shocks, rho)
    return level / (1 - rho) + y[:, before:], x[:, before:]


def _long_run(rng: np.random.Generator, n: int, t: int, slope: float, root: float) -> tuple[Array, Array]:
    level = rng.standard_normal((n, 1))
    x = rng.standard_normal((n, t)).cumsum(-1)
    return level + slope * x + autoregression(rng.standard_normal((n, t)), root), x
