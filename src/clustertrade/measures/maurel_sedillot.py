"""The index of Maurel and Sedillot: the probability that two plants of an industry share a region."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clustertrade.measures.ellison_glaeser import VARIANTS, coagglomeration, indices, read_plants, refuse_foreign
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "maurel-sedillot",
    family="measures",
    title="Maurel-Sedillot index",
    reference="maurel_sedillot1999",
    choices={"variant": VARIANTS},
)
def maurel_sedillot(data: pd.DataFrame, *, region: str | None = None, industry: str | None = None,
                    time: str | None = None, value: str | None = None, total: str | None = None,
                    unit: str | None = None, plants: str | None = None, herfindahl: str | None = None,
                    group: str | None = None, pairwise: bool = False, variant: str = "agglomeration") -> Measure:
    r"""Correlation between the location choices of two plants of an industry, period by period.

    .. math:: \hat\gamma_i = \frac{G_i/(1-\Sigma_2) - H_i}{1-H_i},\quad G_i=\sum_j s_{ij}^2-\sum_j x_j^2,\quad
        H_i=\sum_k z_{ik}^2,\quad \Sigma_m=\sum_j x_j^m

    with the shares s of regions in the industry, x in the whole, z of plants in the industry: the estimate of the
    probability that two plants share a region, less what chance gives, both weighted by employment.  Its mean is 0
    where plants choose regions by their size; then, pairs of plants with one in common being correlated,

    .. math:: Var\Big(\sum_j s_j^2\Big) = 2\Big(H^2-\sum_k z_k^4\Big)(\Sigma_2-\Sigma_2^2)
        + 4\Big(H-H^2-2\sum_k z_k^3+2\sum_k z_k^4\Big)(\Sigma_3-\Sigma_2^2)

    Coagglomeration of the industries of a group, with shares w, is the same over pairs of plants of two industries:
    :math:`\gamma^c=\sum_{i\ne k}w_iw_k(\sum_j s_{ij}s_{kj}-\Sigma_2)/[(1-\Sigma_2)(1-\sum w_i^2)]`.

    Parameters
    ----------
    data : DataFrame
        A row a plant, or a row a region, industry and period.
    region, industry : column names
        Labels; the industry may be left out where ``total`` is given.
    time : column name, optional
        Periods, each by itself.
    value : column name
        Employment of the plant or of the row; zero or more.
    total : column name, optional
        Employment of the region in all industries, the same in all its rows of a period; by default the sum of
        ``value`` over the industries of the data.
    unit : column name, optional
        Plants.  With it, or where a region and industry stand in several rows of a period, each row is a plant.
    plants : column name, optional
        Number of plants behind a row: their sizes are taken as equal within it.  Rows may be size classes.
    herfindahl : column name, optional
        H itself, the same in all rows of an industry and period.
    group : column name, optional
        Groups of industries, for coagglomeration; by default all industries are one.
    pairwise : bool
        Coagglomeration of each pair of industries.
    variant : agglomeration or coagglomeration
        Of each industry by itself, or between industries.

    Returns
    -------
    Measure
        For each industry and period ``G``, ``H``, ``se`` (of the index where plants choose regions by their size),
        ``z`` (index over se) and ``value``; for coagglomeration ``se``, ``z``, ``value`` of each group, or pair.  Null,
        with a warning, where the industry has nothing or one plant.  Without plants (no ``unit``, ``plants`` or
        ``herfindahl``, one row a region and industry) every unit of value counts as a plant, H = 1/E, with a warning.

    Raises
    ------
    UsageError
        What ``measures.tidy`` refuses; one industry without total; options of the other variant.
    DataError
        What ``measures.tidy`` refuses; rows of employment without plants; an H outside [0, 1] or that differs within an
        industry; a total that differs within a region.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": list("AABBC"), "jobs": [10, 20, 5, 5, 10], "all": [50, 50, 30, 30, 20]})
    >>> result = maurel_sedillot(frame, region="region", value="jobs", total="all")
    >>> round(result.rows[0]["value"], 4)
    -0.2206
    """
    sample = read_plants("maurel-sedillot", data, region, industry, time, value, total, unit, plants, herfindahl,
                         group)
    refuse_foreign("maurel-sedillot", variant, group, pairwise)
    if variant == "coagglomeration":
        return coagglomeration(sample, pairwise, dartboard=False)
    s2, s3 = (v[np.arange(sample.size) % sample.n_times] for v in (sample.squares, sample.cubes))
    gap = sample.add_up(sample.share**2) - s2
    h, third, fourth = sample.h, sample.third, sample.fourth
    variance = 2 * (h**2 - fourth) * (s2 - s2**2) + 4 * (h - h**2 - 2 * third + 2 * fourth) * (s3 - s2**2)
    return indices(sample, gap, s2, variance)
