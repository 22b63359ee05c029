"""Breusch-Pagan tests of random effects and their one-sided relatives."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import chdtrc, ndtr

from clustertrade.errors import InfeasibleError
from clustertrade.panel import Array, Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import models
from clustertrade.regression.rows import Codes, rows_of
from clustertrade.results import Statistic, TestResult


@procedure(
    "bp-random",
    family="specification",
    title="Breusch-Pagan LM tests of random effects",
    null="no random effects",
    alternative="random effects exist",
    reference="breusch_pagan1980",
    needs=lambda options: Needs(n=2, t=2, gaps=True, longest=True),
    conventions={"plm": {}, "gretl": {}, "stata": {}},
    checked="plm's plmtest, all four types, effects of entities, periods and both, balanced and not (1e-6); Stata's "
            "print of Grunfeld's data. Rejections at 5 % without effects, 1,000 samples, N=25, T=22 and N=20, T=50: "
            "entity LM-bp 0.042 and 0.045, LM-honda 0.042 and 0.040; twoway LM-bp 0.048 and 0.045, LM-honda 0.029 "
            "and 0.033, LM-kw 0.030 and 0.031, LM-ghm 0.056 and 0.055; effects of entities of standard deviation 0.2 "
            "of that of errors: entity 0.60 and 0.92, 0.66 and 0.94.",
)
def bp_random(y: Panel, x: Panel, *, effects: str = "entity", convention: str = "paper") -> TestResult:
    r"""Is there a variance of effects that pooled least squares leaves in its residuals?

    .. math:: A = \frac{n}{\sqrt{2(\sum_i T_i^2 - n)}}\left(\frac{\sum_i(\sum_t e_{it})^2}{\sum_{it} e_{it}^2}-1\right),
        \qquad LM = A^2 \to \chi^2_1

    from pooled residuals e; B is the same over periods.  A variance cannot be negative: Honda (1985) takes A itself,
    one-sided.  For both effects LM is :math:`A^2 + B^2`, Honda's :math:`(A + B)/\sqrt 2`, that of King and Wu (1997)
    weighs A and B by :math:`\sqrt{\sum T_i^2 - n}` and :math:`\sqrt{\sum N_t^2 - n}`, and Gourieroux, Holly and Monfort
    (1982) sum the squares of those that are positive.  Unbalanced panels as in Baltagi and Li (1990).

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed.
    x : Panel of regressors
        A constant is added.
    effects : entity, time or twoway
        Whose effects are tested.  Of one kind, King and Wu's is Honda's, and that of Gourieroux, Holly and Monfort its
        square where it is positive.
    convention : paper, plm, gretl or stata
        All the same.

    Returns
    -------
    TestResult
        ``LM-bp`` (chi-squared), ``LM-honda`` and ``LM-kw`` (normal, upper tail), ``LM-ghm`` (a mixture of chi-squared
        distributions).  Details: ``entity`` and ``time``, A and B.

    Raises
    ------
    InfeasibleError
        Every entity (or period) has one row; collinear regressors.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"i": list("aaabbb"), "t": [1, 2, 3] * 2, "y": [1., 3, 4, 2, 5, 5], "x": [1., 2, 3] * 2})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> round(bp_random(panel["y"], panel["x"])["LM-bp"].value, 6)
    1.073964
    """
    rows = rows_of(y, x)
    fit = models.pooled("bp-random", rows)
    kinds = ("entity", "time") if effects == "twoway" else (effects,)
    found = {k: _one_sided(fit.resid, rows.entity if k == "entity" else rows.time, k) for k in kinds}
    signed, weights = np.array([s for s, _ in found.values()]), np.array([w for _, w in found.values()])
    lm, q = float(signed @ signed), len(kinds)
    honda, kw = float(signed.sum()) / math.sqrt(q), float(weights @ signed) / math.sqrt(float(weights @ weights))
    ghm = float((np.maximum(signed, 0.0) ** 2).sum())
    # Each of q independent normals is positive with probability 1/2: weights of chi-squared(j) are binomial.
    mixture = sum(math.comb(q, j) / 2**q * float(chdtrc(j, ghm)) for j in range(1, q + 1)) if ghm > 0 else 1.0
    return TestResult(
        statistics=(Statistic(name="LM-bp", value=lm, pvalue=float(chdtrc(q, lm)), df=q),
                    Statistic(name="LM-honda", value=honda, pvalue=float(ndtr(-honda))),
                    Statistic(name="LM-kw", value=kw, pvalue=float(ndtr(-kw))),
                    Statistic(name="LM-ghm", value=ghm, pvalue=mixture)),
        nobs=rows.n, n_entities=rows.n_entities, details={k: s for k, (s, _) in found.items()})


def _one_sided(resid: Array, codes: Codes, kind: str) -> tuple[float, float]:
    """A (or B), and the square root of the sum of squared group sizes less n, King and Wu's weight."""
    size = np.bincount(codes).astype(float)
    spread = float(size @ size) - resid.size
    if spread == 0:
        each = "entity has one period" if kind == "entity" else "period has one entity"
        raise InfeasibleError(f"bp-random --effects {kind}: every {each}: nothing is shared")
    total = np.bincount(codes, resid)
    return (resid.size / math.sqrt(2 * spread) * (float(total @ total) / float(resid @ resid) - 1), math.sqrt(spread))
