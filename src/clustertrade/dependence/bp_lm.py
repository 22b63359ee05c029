"""The LM test of Breusch and Pagan for cross-sectional dependence."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc

from clustertrade.dependence.correlations import correlations, pairwise_needs
from clustertrade.dependence.residuals import entity_residuals
from clustertrade.panel import Panel
from clustertrade.registry import procedure
from clustertrade.results import Statistic, TestResult


@procedure(
    "bp-lm",
    family="dependence",
    title="Breusch-Pagan LM test of cross-sectional dependence",
    null="no dependence between entities",
    alternative="some entities are correlated",
    reference="breusch_pagan1980",
    needs=pairwise_needs,
    conventions={"plm": {}},
    checked="32 cases of plm pcdtest (1e-6). Simulated size at 5 %, independent errors of unequal variance: 0.14 at "
            "N=25, T=22, 0.07 at N=20, T=50, 0.42 at N=31, T=11; residuals of one regressor 0.14, 0.08, 0.43.",
)
def bp_lm(y: Panel, x: Panel | None = None, *, convention: str = "paper") -> TestResult:
    r"""Any correlation between entities, of whatever sign; for long panels of few entities.

    .. math:: LM = \sum_{i<j} T_{ij}\,\hat\rho_{ij}^2 \to \chi^2_{N(N-1)/2} \quad (T \to \infty,\ N\text{ fixed})

    Each term has mean T/(T-1) and not one, so that the test rejects too often where N is not small against T.

    Parameters
    ----------
    y : Panel of one variable
        Gaps are allowed: each pair is correlated over the periods that both have.
    x : Panel, optional
        With regressors, the residuals of unit-by-unit OLS of y on x and a constant are tested.
    convention : paper or plm
        plm leaves out the pairs that share fewer than two periods (``details.pairs_left_out``); the test is otherwise
        the same.

    Returns
    -------
    TestResult
        ``LM`` with its degrees of freedom.  Details: ``mean_rho``, ``mean_abs_rho``, ``pairs``.

    Raises
    ------
    InfeasibleError
        Where two entities share fewer than 3 periods (by the paper).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"i": list("aaaabbbb"), "t": [1, 2, 3, 4] * 2, "y": [1., 2, 4, 3, 2, 3, 4, 5]})
    >>> round(bp_lm(Panel.from_frame(frame, entity="i", time="t")["y"])["LM"].value, 2)
    2.56
    """
    series = entity_residuals("bp-lm", y, x)
    found = correlations("bp-lm", y, series, convention)
    warnings: tuple[str, ...] = ()
    if found.n > (periods := found.mean(found.shared)):
        warnings = (f"N = {found.n} entities against T = {periods:g} periods a pair: the chi-squared distribution is "
                    "for few entities and rejects too often here; use bc-lm or cd",)
    return TestResult(
        statistics=(Statistic(name="LM", value=found.lm, pvalue=float(chdtrc(found.pairs, found.lm)), df=found.pairs),),
        nobs=int(np.isfinite(series).sum()),
        details=found.details(),
        warnings=warnings,
    )
