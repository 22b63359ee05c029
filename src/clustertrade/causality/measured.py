"""How often tests reject true nulls at 5 %: measured rates, of which a warning quotes the nearest."""

from __future__ import annotations

from clustertrade.sizes import nearest_design

# (N, T): with independent errors, with a factor of weight 1 common to all entities.  Autoregressions with coefficient
# 0.5 (docs/validation/causality-size-power.csv); emirmahmutoglu-kose: walks (tests/causality).  One lag, no bootstrap.
RATES: dict[str, dict[tuple[int, int], tuple[float, float]]] = {
    "dumitrescu-hurlin": {(10, 11): (0.078, 0.092), (10, 22): (0.074, 0.110), (10, 50): (0.064, 0.068),
                          (25, 11): (0.110, 0.156), (25, 22): (0.072, 0.154), (25, 50): (0.068, 0.128)},
    "juodis-karavias-sarafidis": {(10, 11): (0.234, 0.428), (10, 22): (0.094, 0.354), (10, 50): (0.076, 0.296),
                                  (25, 11): (0.198, 0.598), (25, 22): (0.102, 0.510), (25, 50): (0.062, 0.516)},
    "emirmahmutoglu-kose": {(10, 11): (0.456, 0.411), (10, 22): (0.163, 0.188), (10, 50): (0.083, 0.129),
                            (25, 11): (0.719, 0.625), (25, 22): (0.261, 0.272), (25, 50): (0.112, 0.147)},
}


def nearest(name: str, n: int, t: int) -> str:
    """The rates at the nearest size, by ratios of entities and of periods.

    >>> nearest("juodis-karavias-sarafidis", 31, 21)
    '0.10 at N=25, T=22, 0.51 with a common factor'
    """
    at = nearest_design(RATES[name], n, t)
    alone, factor = RATES[name][at]
    return f"{alone:.2f} at N={at[0]}, T={at[1]}, {factor:.2f} with a common factor"
