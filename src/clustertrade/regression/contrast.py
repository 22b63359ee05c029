"""Fixed against random effects: the contrast of their slopes, and its auxiliary (Mundlak) regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clustertrade.errors import InfeasibleError
from clustertrade.panel import Array, Mask
from clustertrade.regression import models
from clustertrade.regression.components import Components, quasi_demeaned, random, variance_components
from clustertrade.regression.effects import Effects
from clustertrade.regression.fit import Fit, absorbed
from clustertrade.regression.rows import CONSTANT, Rows, group_means
from clustertrade.regression.two_components import random_twoway

MEAN = "mean of "                                          # the names of entity means in the auxiliary regression


@dataclass(frozen=True)
class Contrast:
    """Slopes of both estimators for the regressors that vary within entities, and their two fits."""

    names: tuple[str, ...]
    within: Fit
    random: Fit

    @property
    def difference(self) -> Array:
        """b_within - b_random."""
        return self._slopes(self.within) - self._slopes(self.random)

    def _at(self, fit: Fit) -> list[int]:
        return [fit.names.index(n) for n in self.names]

    def _slopes(self, fit: Fit) -> Array:
        return fit.beta[self._at(fit)]

    def variance(self, common: bool) -> Array:
        """V_within - V_random; with ``common`` both from the residual variance of random effects (sigmamore)."""
        scale = self.random.sigma2 if common else self.within.sigma2
        a, b = self._at(self.within), self._at(self.random)
        return scale * self.within.bread[np.ix_(a, a)] - self.random.sigma2 * self.random.bread[np.ix_(b, b)]


def varying(asked: str, rows: Rows, kind: str = "entity") -> Mask:
    """Which regressors vary beyond the effects.

    Raises
    ------
    InfeasibleError
        None does.
    """
    kept = ~absorbed(rows.x, Effects(kind, rows.entity, rows.time).remove(rows.x))
    if not kept.any():
        raise InfeasibleError(f"{asked}: no regressor varies {models.WHAT_ABSORBS[kind]}; there is nothing to compare")
    return kept


def contrast(asked: str, rows: Rows, kind: str, method: str, convention: str) -> Contrast:
    """Fixed and random effects on the same rows; regressors that the effects absorb in the latter alone."""
    kept = varying(asked, rows, kind)
    names = tuple(n for n, k in zip(rows.names, kept, strict=True) if k)
    inside = Rows(rows.y, rows.x[:, kept], names, rows.entity, rows.time, rows.panel)
    gls = random_twoway(asked, rows, method) if kind == "twoway" else random(asked, rows, kind, method, convention)
    return Contrast(names, models.within(asked, inside, kind), gls)


def auxiliary(asked: str, rows: Rows, method: str, convention: str) -> tuple[Fit, Fit, Mask]:
    """Random effects without and with the entity means of the varying regressors, by the same components.

    In unbalanced panels plm's auxiliary regression has a plain constant beside the transformed columns.

    Returns
    -------
    restricted, augmented, and which coefficients of the augmented regression are those of means
    """
    codes = np.unique(rows.entity, return_inverse=True)[1]
    parts: Components = variance_components(asked, rows, codes, method, convention)
    kept = varying(asked, rows)
    means = group_means(rows.x[:, kept], codes)[0][codes]
    names = (CONSTANT, *rows.names)
    added = tuple(MEAN + n for n, k in zip(rows.names, kept, strict=True) if k)
    restricted = quasi_demeaned(asked, rows, names, rows.x1, codes, parts)
    augmented = quasi_demeaned(asked, rows, (*names, *added), np.column_stack([rows.x1, means]), codes, parts,
                               plain_constant=convention == "plm")
    return restricted, augmented, np.array([n in added for n in augmented.names])
