"""The F test of fixed effects."""

from __future__ import annotations

from scipy.special import fdtrc

from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import models
from clustertrade.regression.fit import Fit
from clustertrade.regression.rows import rows_of
from clustertrade.results import Statistic, TestResult


@procedure(
    "f-effects",
    family="specification",
    title="F test of fixed effects",
    null="all fixed effects are equal",
    alternative="the fixed effects differ",
    reference="baltagi2021",
    needs=lambda options: Needs(n=2, t=2, gaps=True, longest=True),
    conventions={"plm": {}, "gretl": {}, "stata": {}},
    checked="plm's pFtest, effects of entities, periods and both, balanced and not (1e-6); linearmodels' f_pooled. "
            "Rejections at 5 % without effects, 1,000 samples: 0.059 at N=25, T=22, 0.049 at 20, 50; with effects of "
            "standard deviation 0.3 of that of errors 0.97 and 1.00.",
)
def f_effects(y: Panel, x: Panel, *, effects: str = "entity", convention: str = "paper") -> TestResult:
    r"""Do fixed effects belong in the regression, or will one constant do?

    .. math:: F = \frac{(SSR_{pooled} - SSR_{within}) / q}{SSR_{within} / (n - k - q)}

    with q the effects beyond the constant.  Exact where errors are normal, of one variance and uncorrelated.

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed.
    x : Panel of regressors
        Each must vary beyond the effects.
    effects : entity, time or twoway
        Which effects are tested.
    convention : paper, plm, gretl or stata
        All the same.

    Returns
    -------
    TestResult
        ``F`` with its two degrees of freedom.  Details of two-way effects: ``given_time``, the effects of entities
        where those of periods are in the regression, and ``given_entity``, the other way round.

    Raises
    ------
    InfeasibleError
        Regressors that the effects absorb, named; too few rows.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"i": list("aaabbb"), "t": [1, 2, 3] * 2, "y": [1., 3, 4, 2, 5, 5], "x": [1., 2, 3] * 2})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> f_effects(panel["y"], panel["x"])["F"].df, round(f_effects(panel["y"], panel["x"])["F"].value, 6)
    ((1, 3), 4.8)
    """
    rows = rows_of(y, x)
    full = models.within("f-effects", rows, effects)
    details = {}
    if effects == "twoway":
        for name, kind in (("given_time", "time"), ("given_entity", "entity")):
            part = _f(models.within("f-effects", rows, kind), full)
            details[name] = {"F": part.value, "pvalue": part.pvalue, "df": part.df}
    return TestResult(statistics=(_f(models.pooled("f-effects", rows), full),), nobs=rows.n,
                      n_entities=rows.n_entities, details=details)


def _f(restricted: Fit, full: Fit) -> Statistic:
    q = restricted.df - full.df
    value = (restricted.rss - full.rss) / q / full.sigma2
    return Statistic(name="F", value=value, pvalue=float(fdtrc(q, full.df, max(value, 0.0))), df=(q, full.df))
