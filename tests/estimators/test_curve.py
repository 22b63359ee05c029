"""Specification curves: every regression is that of its estimator, every sign flip a regression of its own."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.errors import InfeasibleError
from clustertrade.panel import Panel
from clustertrade.regression.curve import Curve, Design
from tests.estimators.panels import panel

DESIGNS = [Design("y", "a", ()), Design("y", "a", ("b",)), Design("y", "b", ("a", "c")), Design("b", "a", ("c",))]


def data(share=0.9, n=14, t=9):
    return panel(3, n=n, t=t, share=share)


def curve_of(frame, estimator):
    return Curve(Panel.from_frame(frame, entity="i", time="t"), ["y", "b"], ["a", "b", "c"], estimator)


@pytest.mark.parametrize("cov", ["unadjusted", "robust", "clustered", "driscoll-kraay"])
@pytest.mark.parametrize("estimator", ["pooled", "fe", "twoway", "fd"])
def test_every_specification_is_the_estimator_on_the_common_rows(estimator, cov):
    frame = data()
    curve = curve_of(frame, estimator)
    for solved in curve.solve(DESIGNS):
        found = curve.inference(solved, cov, 0.05)
        for s, i in enumerate(solved.at):
            d = DESIGNS[i]
            one = ct.estimate(estimator, frame, entity="i", time="t", y=d.y, x=[d.x, *d.controls], cov=cov, bootstrap=0)
            p = one[d.x]
            assert_allclose([solved.beta[s], *(found[k][s] for k in ("se", "pvalue", "low", "high"))],
                            [p.value, p.se, p.pvalue, *p.ci], rtol=1e-8)


@pytest.mark.parametrize("estimator", ["pooled", "fe", "twoway", "fd"])
def test_sign_flips_are_regressions_on_the_new_y(estimator):
    frame = data()
    curve = curve_of(frame, estimator)
    p = Panel.from_frame(frame, entity="i", time="t")
    draw = np.random.default_rng(1).choice([-1.0, 1.0], curve.groups)
    for solved in curve.solve(DESIGNS[:3]):
        beta, t = curve.signs(solved, draw[None])
        for s, i in enumerate(solved.at):
            d = DESIGNS[i]
            # y* = what the controls fit + sign x residual without d.x, in the space of the estimator: pooled rows.
            new = p["y"].values.copy()
            full = curve.rows
            grid = np.zeros(new.shape[:2])
            grid[full.entity, full.time] = solved.null[s] * (draw[curve.entity] - 1)
            if estimator == "fd":
                grid = grid.cumsum(1)                      # whose differences they are
            new[..., 0] += grid
            held = p.with_values(np.concatenate([new, p.values[..., 1:]], -1))
            other = Curve(held, ["y", "b"], ["a", "b", "c"], estimator)
            again = other.solve([d])[0]
            assert_allclose([beta[0, s], t[0, s]],
                            [again.beta[0], other.inference(again, "clustered", 0.05)["stat"][0]], rtol=1e-7)


def test_variables_that_effects_absorb_and_collinear_ones_are_named():
    frame = data(1.0)
    still = frame.assign(c=frame["i"].str[1:].astype(float))
    with pytest.raises(InfeasibleError, match="c do not vary beyond the effects"):
        curve_of(still, "fe")
    with pytest.raises(InfeasibleError, match="a, c are collinear"):
        curve_of(frame.assign(c=2 * frame["a"] + 1), "pooled").solve([Design("y", "a", ("c",))])
