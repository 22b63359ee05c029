"""One rule of interpolation over printed tables, and their sources."""

from __future__ import annotations

import numpy as np
import pytest

from clustertrade.distributions.lookup import FOLDER, lookup, rows


def test_points_of_the_grid_are_the_printed_cells():
    for row in rows("ips2003_table3"):
        found, outside = lookup("ips2003_table3", "mean", {"t": [float(row["t"])]},
                                {"trend": row["trend"], "lags": row["lags"]})
        assert found[0] == float(row["mean"]) and not outside[0]


def test_linear_in_between_and_the_edge_beyond():
    found, outside = lookup("ips2003_table3", "mean", {"t": [9, 12.5, 101]}, {"trend": "c", "lags": "0"})
    np.testing.assert_allclose(found, [-1.504, (-1.504 - 1.514) / 2, -1.532])
    assert outside.tolist() == [True, False, True]


def test_two_axes_are_bilinear():
    where = {"trend": "c", "level": "0.05"}
    corners = [lookup("pesaran2007", "CIPS", {"n": [n], "t": [t]}, where)[0][0] for n in (20, 30) for t in (20, 30)]
    assert lookup("pesaran2007", "CIPS", {"n": [25], "t": [25]}, where)[0][0] == pytest.approx(np.mean(corners))


def test_towards_infinity_linear_in_the_inverse():
    where = {"trend": "c"}
    found, outside = lookup("llc2002", "mean", {"t": [500.0, 1e9]}, where)
    np.testing.assert_allclose(found, [(-0.509 - 0.5) / 2, -0.5], atol=1e-6)
    assert not outside.any()
    assert lookup("llc2002", "mean", {"t": [375.0]}, where, infinity=500.0)[0][0] == pytest.approx(-0.5045)


def test_steps_take_the_next_row():
    found, _ = lookup("llc2002", "sd", {"t": [101, 100, 20]}, {"trend": "ct"}, step=True)
    assert found.tolist() == [0.603, 0.695, 1.003]


def test_unknown_rows_are_refused():
    with pytest.raises(KeyError, match="no rows"):
        lookup("llc2002", "mean", {"t": [25]}, {"trend": "ctt"})


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.csv")), ids=lambda p: p.stem)
def test_every_table_says_where_it_is_from(path):
    """A source with a DOI (or that there is none), or the script, the seed and the standard errors."""
    head = " ".join(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#"))
    printed = "Source:" in head and ("doi:" in head or "DOI" in head)
    simulated = ".py" in head and ("seed" in head.lower() or "without" in head) and "rror" in head
    assert printed or simulated, head
