"""Raw figures as published -> tidy, typed, reconciled data.

The way of a figure: :mod:`read` turns bytes into strings, :mod:`layouts` finds region, period, variable and unit in
them, :mod:`clean` types and converts them or puts them into :mod:`quarantine`, :mod:`reconcile` checks them against
one another, :mod:`quality` reports, :mod:`vintages` chooses between sources, :mod:`money` converts and deflates.
Names, units and regions stand in ``codebooks/``; what a folder of ``data/raw`` holds, in its ``datapackage.json``.
"""

from __future__ import annotations
