"""Moran's I: PySAL's printed variances and its results, all permutations of a small map, known truth."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.errors import DataError
from tests.measures.goldens import golden


def lattice(side=3):
    """Pairs of neighbours of a square by its edges, cells numbered by rows."""
    cells = np.arange(side * side).reshape(side, side)
    return [(f"c{a:02d}", f"c{b:02d}") for a, b in [*zip(cells[:, :-1].ravel(), cells[:, 1:].ravel(), strict=True),
                                                    *zip(cells[:-1].ravel(), cells[1:].ravel(), strict=True)]]


def long(values):
    """Values (N, T) as rows."""
    n, t = values.shape
    return pd.DataFrame({"cell": np.repeat([f"c{k:02d}" for k in range(n)], t),
                         "year": np.tile(range(2001, 2001 + t), n), "y": values.ravel()})


KEYS = {"entity": "cell", "time": "year", "y": "y"}


def pysal(pairs, n, transformation):
    from libpysal.weights import W

    near = {k: [] for k in range(n)}
    for a, b in pairs:
        near[int(a[1:])].append(int(b[1:]))
        near[int(b[1:])].append(int(a[1:]))
    w = W(near, silence_warnings=True)
    w.transform = transformation
    return w


def test_the_lattice_of_pysals_tests():
    known = golden("moran_lat3x3")
    data = pd.DataFrame({"cell": [f"c{k:02d}" for k in range(9)], "y": known["inputs"]["y"]})
    r = ct.test("moran", data, entity="cell", y="y", neighbours=lattice())
    want = known["outputs"]
    assert_allclose([r["I"].value, r.details["expected"], r.details["variance"], r.details["variance_normal"]],
                    [want[k] for k in ("I_recomputed", "EI", "VI_rand", "VI_norm")], rtol=known["tolerance"])


@pytest.mark.parametrize(("variant", "transformation"), [("binary", "b"), ("row", "r")])
def test_one_period_is_pysals(variant, transformation):
    import esda

    y = np.random.default_rng(1).standard_normal(25)
    r = ct.test("moran", long(y[:, None]), **KEYS, neighbours=lattice(5), variant=variant)
    theirs = esda.Moran(y, pysal(lattice(5), 25, transformation), permutations=0, transformation=transformation)
    assert_allclose([r["I"].value, r["I"].pvalue, r.details["z"], r.details["variance_normal"]],
                    [theirs.I, theirs.p_rand, theirs.z_rand, theirs.VI_norm], rtol=1e-9)
    local = esda.Moran_Local(y, pysal(lattice(5), 25, transformation), permutations=0, transformation=transformation,
                             n_jobs=1)
    # PySAL divides by the variance with n - 1.
    assert_allclose([row["I"] for row in r.details["entities"]], local.Is * 25 / 24, rtol=1e-9)


def test_moments_are_those_of_all_permutations():
    """Seven entities over three periods: 5,040 permutations of histories, entity by entity and all together."""
    values = np.random.default_rng(2).standard_normal((7, 3)).cumsum(1)
    pairs = [("c00", "c01"), ("c01", "c02"), ("c02", "c03"), ("c03", "c00"), ("c04", "c05"), ("c05", "c06"),
             ("c06", "c00")]
    r = ct.test("moran", long(values), **KEYS, neighbours=pairs)
    w = np.zeros((7, 7))
    for a, b in pairs:
        w[int(a[1:]), int(b[1:])] = w[int(b[1:]), int(a[1:])] = 1
    z = values - values.mean(0)
    every = np.array([7 / w.sum() * np.einsum("it,ij,jt->", z[list(p)], w, z[list(p)]) / (z**2).sum()
                      for p in permutations(range(7))])
    assert_allclose([r["I"].value, r.details["expected"], r.details["variance"]],
                    [every[0], every.mean(), every.var()], rtol=1e-9)
    exact = (np.abs(every - every.mean()) >= abs(every[0] - every.mean()) - 1e-12).mean()
    drawn = ct.test("moran", long(values), **KEYS, neighbours=pairs, bootstrap=4999)
    assert abs(drawn.pvalue - exact) < 0.03
    row = r.details["entities"][0]
    own = np.array([w[0, 1:] @ (z[1:][list(p)] @ z[0]) for p in permutations(range(6))]) * 7 / (z**2).sum()
    assert_allclose([row["I"], row["z"]], [own[0], (own[0] - own.mean()) / own.std()], rtol=1e-9)
    assert [p["period"] for p in r.details["periods"]] == ["2001", "2002", "2003"]


def test_size_and_power_with_walks_over_time():
    """Histories are dependent over time; the null is about the map alone."""
    rng = np.random.default_rng(3)
    w = np.zeros((25, 25))
    for a, b in lattice(5):
        w[int(a[1:]), int(b[1:])] = w[int(b[1:]), int(a[1:])] = 1
    spread = np.linalg.inv(np.eye(25) - 0.6 * w / w.sum(1, keepdims=True))
    null, found = 0, 0
    for _ in range(200):
        values = rng.standard_normal((25, 10)).cumsum(1)
        null += ct.test("moran", long(values), **KEYS, neighbours=lattice(5), variant="row").pvalue < 0.05
        found += ct.test("moran", long(spread @ values), **KEYS, neighbours=lattice(5), variant="row").pvalue < 0.05
    assert 2 <= null <= 22 and found > 120


def test_a_file_of_neighbours_and_one_that_is_of_others(tmp_path):
    file = tmp_path / "pairs.csv"
    file.write_text("a,b,flag\n" + "\n".join(f"{a},{b},land" for a, b in lattice()), encoding="utf-8")
    y = long(np.random.default_rng(4).standard_normal((9, 2)))
    r = ct.test("moran", y, **KEYS, neighbours=str(file))
    assert r.to_dict()["options"]["neighbours"] == str(file)
    assert_allclose(r["I"].value, ct.test("moran", y, **KEYS, neighbours=lattice())["I"].value, rtol=1e-12)
    with pytest.raises(DataError, match="no pair of --neighbours"):
        ct.test("moran", y, **KEYS, neighbours=[("x", "y")])
    file.write_text("a,b\nc00,\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 2"):
        ct.test("moran", y, **KEYS, neighbours=str(file))


def test_an_entity_without_neighbours_is_named():
    y = long(np.random.default_rng(5).standard_normal((10, 2)))
    r = ct.test("moran", y, **KEYS, neighbours=lattice())
    assert r.warnings == ("1 entities have no neighbour and weigh nothing: c09",)
    assert r.details["entities"][9]["quadrant"] is None
