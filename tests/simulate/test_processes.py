from __future__ import annotations

import numpy as np
import pytest

from clustertrade.errors import UsageError
from clustertrade.simulate import draw
from clustertrade.simulate.processes import PROCESSES


def values(name, n=200, t=200, seed=20260101, **settings):
    frame = draw(name, n, t, seed, **settings)
    return frame["y"].to_numpy().reshape(n, t), frame["x"].to_numpy().reshape(n, t)


def slope(y, x):
    """Mean over entities of the slope of y on x within the entity."""
    y, x = y - y.mean(1, keepdims=True), x - x.mean(1, keepdims=True)
    return float(((x * y).sum(1) / (x**2).sum(1)).mean())


def test_names_of_the_contract():
    assert set(PROCESSES) == {"independent-walks", "stationary-ar", "factor-walks", "cointegrated", "no-cointegration",
                              "granger"}


@pytest.mark.parametrize("name", PROCESSES)
def test_shape_and_seed(name):
    frame = draw(name, 12, 7, 1)
    assert list(frame.columns) == ["entity", "time", "y", "x"] and len(frame) == 84
    assert frame["entity"].iloc[0] == "e01" and frame["entity"].iloc[-1] == "e12"
    assert frame["time"].tolist()[:7] == [1, 2, 3, 4, 5, 6, 7] and np.isfinite(frame[["y", "x"]]).all(axis=None)
    assert frame.equals(draw(name, 12, 7, 1)) and not frame.equals(draw(name, 12, 7, 2))
    assert frame.attrs["simulated"].startswith(f"simulated: {name}, n=12, t=7, seed=1")
    assert PROCESSES[name].__doc__


def test_stationary_ar():
    for rho in (0.5, -0.4, 0.9):
        for series in values("stationary-ar", rho=rho):
            assert slope(series[:, 1:], series[:, :-1]) == pytest.approx(rho, abs=0.02 + 4 / 200)
            assert series[:, 0].var() == pytest.approx(1 / (1 - rho**2), rel=0.35)


def test_walks():
    y, x = values("independent-walks")
    dy, dx = np.diff(y).ravel(), np.diff(x).ravel()
    assert dy.var() == pytest.approx(1, rel=0.03) and abs(np.corrcoef(dy, dx)[0, 1]) < 0.02
    y, x = values("factor-walks", loading=2.0)
    steps = np.corrcoef(np.diff(y))[np.triu_indices(200, 1)]
    assert steps.mean() == pytest.approx(4 / 5, abs=0.03)             # loading^2 / (1 + loading^2)
    assert np.corrcoef(np.diff(values("factor-walks", loading=0.0)[0]))[np.triu_indices(200, 1)].mean() < 0.02


def test_long_run():
    y, x = values("cointegrated", slope=2.0, adjustment=0.3)
    assert slope(y, x) == pytest.approx(2.0, abs=0.02)
    u = y - 2 * x
    u -= u.mean(1, keepdims=True)
    assert slope(u[:, 1:], u[:, :-1]) == pytest.approx(0.7, abs=0.04)
    y, x = values("no-cointegration", slope=2.0)
    assert slope(np.diff(y), np.diff(x)) == pytest.approx(2.0, abs=0.02)
    u = y - 2 * x
    assert np.diff(u).var() == pytest.approx(1, rel=0.03)


def test_granger():
    y, x = values("granger", beta=0.4, rho=0.5)
    z = np.stack([y[:, :-1], x[:, :-1], np.ones_like(x[:, 1:])], -1)
    both = np.linalg.solve(np.einsum("ntk,ntm->nkm", z, z), np.einsum("ntk,nt->nk", z, y[:, 1:])[..., None]).mean(0)
    back = np.linalg.solve(np.einsum("ntk,ntm->nkm", z, z), np.einsum("ntk,nt->nk", z, x[:, 1:])[..., None]).mean(0)
    assert both[:2, 0] == pytest.approx([0.5, 0.4], abs=0.03) and back[:2, 0] == pytest.approx([0, 0.5], abs=0.03)


@pytest.mark.parametrize(("call", "message"), [
    (("cointegratd", 3, 9, 1), "no process is called cointegratd; near it: cointegrated"),
    (("walk", 3, 9, 1), "there are independent-walks, stationary-ar"),
    (("granger", 0, 9, 1), "n at least 1"), (("granger", 3, 1, 1), "t at least 2"), (("granger", 3, 9, -1), "seed")])
def test_wrong_calls(call, message):
    with pytest.raises(UsageError, match=message):
        draw(*call)


@pytest.mark.parametrize(("name", "settings", "message"), [
    ("stationary-ar", {"roh": 0.5}, "does not take roh; near it: rho"),
    ("stationary-ar", {"rho": 1.0}, "between -1 and 1"),
    ("independent-walks", {"rho": 0.5}, "it takes no setting"),
    ("granger", {"beta": "much"}, "beta=much is not a number"),
    ("granger", {"beta": float("nan")}, "not a finite number"),
    ("cointegrated", {"adjustment": 0.0}, "adjustment above 0")])
def test_wrong_settings(name, settings, message):
    with pytest.raises(UsageError, match=message):
        draw(name, 3, 9, 1, **settings)
