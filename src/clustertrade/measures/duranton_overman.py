"""The test of localisation of Duranton and Overman: distances between plants against those of random sites."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clustertrade.errors import DataError, InfeasibleError, UsageError, first_of
from clustertrade.measures.tidy import Array, Codes, Rows, read
from clustertrade.registry import procedure
from clustertrade.results import Measure

EXACT = 500
EARTH = 6371.0088                                          # mean radius in kilometres


@procedure(
    "duranton-overman",
    family="measures",
    title="Duranton-Overman test of localisation",
    reference="duranton_overman2005",
    invariant=False,
    why_not_invariant="the density is one per unit of distance",
    choices={"variant": ("unweighted", "weighted"), "distance": ("plane", "sphere")},
)
def duranton_overman(data: pd.DataFrame, *, industry: str | None = None, longitude: str | None = None,
                     latitude: str | None = None, value: str | None = None, distance: str = "plane",
                     reach: float | None = None, points: int = 100, bootstrap: int = 999, seed: int = 20260101,
                     level: float = 0.05, variant: str = "unweighted") -> Measure:
    r"""Density of the distances between the plants of an industry, with the band that random sites give.

    .. math:: \hat K(d)=\frac{1}{N h}\sum_{i<j}\Big[\phi\Big(\frac{d-d_{ij}}h\Big)+\phi\Big(\frac{d+d_{ij}}h\Big)\Big],
        \quad N=\frac{n(n-1)}2

    a Gaussian kernel that is reflected at zero, since no distance is negative.  Under the null hypothesis the plants
    stand on sites drawn without replacement from those of all industries.  The local band holds a share 1 - level of
    these densities at each distance; the global one holds 1 - level of the curves as a whole.  Localised at d is what
    lies above the upper global band there, dispersed what lies below the lower one and is not localised anywhere.

    Parameters
    ----------
    data : DataFrame
        A row a plant; all plants are sites, also those of industries that are not tested.
    industry : column name
        Labels; each industry with at least 10 plants is tested.
    longitude, latitude : column names
        Coordinates: of a plane in any unit, or degrees.
    value : column name, optional
        Employment, for the weighted form.
    distance : plane or sphere
        Euclidean, or kilometres along great circles.
    reach : float, optional
        The largest distance that is looked at; by default the median distance between all plants.
    points : int
        Distances from 0 to reach at which the density is computed.
    bootstrap, seed : int
        Draws of sites for each industry.
    level : float
        Significance level of both bands.
    variant : unweighted or weighted
        Pairs alike, or by the product of employment, whose draws keep the plants' sizes.

    Returns
    -------
    Measure
        For each industry and distance: ``distance``, ``low``, ``high`` (local band), ``global_low``, ``global_high``,
        ``value``, the density.  Details: ``industries``, a row an industry: ``plants``, ``bandwidth``, ``localised``,
        ``dispersed``, ``localisation`` and ``dispersion`` (areas beyond the global band), ``at``, the distances where
        it is localised.

    Raises
    ------
    UsageError, DataError
        What ``measures.tidy`` refuses; degrees out of range; weighted without value.
    InfeasibleError
        No industry of 10 plants; fewer sites than plants of an industry and one more; all sites in one place.

    Notes
    -----
    The bandwidth is Silverman's rule 0.9 min(sd, IQR/1.34) N^(-1/5) on the distances of the industry.  The global band
    is made of the local quantiles at that pointwise level at which 1 - level of the curves stay inside everywhere, one
    side at a time.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame({"x": rng.uniform(0, 100, 90), "y": rng.uniform(0, 100, 90), "industry": ["a"] * 90})
    >>> near = pd.DataFrame({"x": rng.normal(50, 3, 15), "y": rng.normal(50, 3, 15), "industry": ["b"] * 15})
    >>> result = duranton_overman(pd.concat([frame, near]), industry="industry", longitude="x", latitude="y",
    ...                           bootstrap=199)
    >>> [(row["industry"], row["localised"]) for row in result.details["industries"]]
    [('a', False), ('b', True)]
    """
    if variant == "weighted" and value is None:
        raise UsageError("duranton-overman --variant weighted needs --value, the employment of each plant")
    tidy = read("duranton-overman", data, {"industry": industry},
                {"longitude": longitude, "latitude": latitude, "value": value},
                needed=("industry", "longitude", "latitude"), signed=("longitude", "latitude"), unique=False)
    place = np.column_stack([tidy.numbers["longitude"], tidy.numbers["latitude"]])
    if distance == "sphere" and (odd := np.flatnonzero((np.abs(place) > [180, 90]).any(1))).size:
        raise DataError(f"duranton-overman --distance sphere takes degrees; out of range: rows "
                        f"{first_of(int(i) + 1 for i in odd)}")
    weight = tidy.numbers["value"] if variant == "weighted" else np.ones(tidy.n)
    code, n_industries = tidy.group("industry")
    count = np.bincount(code, minlength=n_industries)
    tested = np.flatnonzero(count >= 10)
    names = tidy.levels["industry"]
    if not tested.size:
        raise InfeasibleError(f"duranton-overman needs an industry with at least 10 plants; the largest has "
                              f"{count.max()}")
    if (full := [names[i] for i in tested if count[i] >= tidy.n]):
        raise InfeasibleError(f"duranton-overman draws the plants' sites from those of all industries, and there are "
                              f"none but those of {full[0]}")
    rng = np.random.default_rng(seed)
    if reach is None:
        some = rng.choice(tidy.n, min(tidy.n, 1000), replace=False)
        reach = float(np.median(pair_distances(place[some], distance)))
    if reach <= 0:
        raise InfeasibleError("duranton-overman: half of all pairs of plants stand in one place; give --reach")
    grid = np.linspace(0, reach, points)
    frames, details = [], []
    for i in tested:
        mine = np.flatnonzero(code == i)
        gaps = pair_distances(place[mine], distance)
        width = bandwidth(gaps)
        if width <= 0:
            raise InfeasibleError(f"duranton-overman: the distances between plants of {names[i]} do not vary")
        curve = density(gaps, pair_weights(weight[mine]), grid, width)
        drawn = np.empty((bootstrap, points))
        for b in range(bootstrap):
            sites = rng.choice(tidy.n, mine.size, replace=False)
            drawn[b] = density(pair_distances(place[sites], distance), pair_weights(rng.permutation(weight[mine])),
                               grid, width)
        low, high = np.quantile(drawn, [level / 2, 1 - level / 2], axis=0)
        bottom, top = -global_band(-drawn, level), global_band(drawn, level)
        above, below = np.maximum(curve - top, 0), np.maximum(bottom - curve, 0)
        localised = bool((above > 0).any())
        frames.append(pd.DataFrame({tidy.columns["industry"]: names[i], "distance": grid, "low": low, "high": high,
                                    "global_low": bottom, "global_high": top, "value": curve}))
        details.append({tidy.columns["industry"]: names[i], "plants": int(mine.size), "bandwidth": width,
                        "localised": localised, "dispersed": not localised and bool((below > 0).any()),
                        "localisation": float(np.trapezoid(above, grid)),
                        "dispersion": 0.0 if localised else float(np.trapezoid(below, grid)),
                        "at": grid[above > 0].tolist()})
    few = [str(names[i]) for i in np.flatnonzero((count > 0) & (count < 10))]
    warnings = (f"fewer than 10 plants, not tested: {first_of(few)}",) if few else ()
    frame = pd.concat(frames, ignore_index=True)
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), warnings=warnings,
                   details={"industries": details, "reach": reach})


def pair_distances(place: Array, distance: str) -> Array:
    """Distances between all pairs of points (n, 2): (n (n - 1)/2,)."""
    from scipy.spatial.distance import pdist

    if distance == "plane":
        return np.asarray(pdist(place), dtype=float)
    longitude, latitude = np.radians(place).T
    around = np.cos(latitude)
    on_sphere = np.column_stack([around * np.cos(longitude), around * np.sin(longitude), np.sin(latitude)])
    return np.asarray(2 * EARTH * np.arcsin(np.minimum(pdist(on_sphere) / 2, 1.0)), dtype=float)


def pair_weights(weight: Array) -> Array:
    """Products of the weights of all pairs, in the order of ``pair_distances``."""
    first, second = np.triu_indices(len(weight), k=1)
    return np.asarray(weight[first] * weight[second], dtype=float)


def bandwidth(gaps: Array) -> float:
    """Silverman's rule of thumb."""
    spread = float(gaps.std(ddof=1))
    quartiles = float(np.subtract(*np.percentile(gaps, [75, 25]))) / 1.34
    return 0.9 * (min(spread, quartiles) if quartiles > 0 else spread) * gaps.size ** (-1 / 5)


def density(gaps: Array, weight: Array, grid: Array, width: float) -> Array:
    """Reflected Gaussian kernel density of weighted distances at the points of an even grid.

    Of more than EXACT pairs, distances are shared out to points a tenth of the bandwidth apart first, in proportion to
    how near they are, so that the sum is over these points.
    """
    whole = weight.sum()
    if whole <= 0:
        return np.zeros_like(grid)
    near = gaps < grid[-1] + 8 * width
    centre, mass = gaps[near], weight[near]
    if mass.size > EXACT:
        step = width / 10
        at = (centre / step).astype(np.int64)
        share = centre / step - at
        spread = np.bincount(np.concatenate([at, at + 1]), np.concatenate([mass * (1 - share), mass * share]))
        centre, mass = np.flatnonzero(spread) * step, spread[spread > 0]
    scale = 1 / (whole * width * np.sqrt(2 * np.pi))
    direct = np.exp(-0.5 * ((grid[:, None] - centre) / width) ** 2)
    mirrored = np.exp(-0.5 * ((grid[:, None] + centre) / width) ** 2)
    return np.asarray((direct + mirrored) @ mass * scale, dtype=float)


def global_band(drawn: Array, level: float) -> Array:
    """Upper curve (D,) that a share 1 - level of the drawn curves (B, D) does not cross anywhere.

    A curve's height is its rank among all at each point; its largest rank over points says at which pointwise quantile
    it would be inside everywhere.
    """
    order: Codes = drawn.argsort(0).argsort(0)
    highest = order.max(1)
    wanted = int(np.quantile(highest, 1 - level, method="higher"))
    return np.asarray(np.sort(drawn, axis=0)[wanted], dtype=float)
