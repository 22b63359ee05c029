"""Pesaran's CD test of cross-sectional dependence."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from clustertrade.dependence.correlations import correlations, pairwise_needs
from clustertrade.dependence.residuals import entity_residuals
from clustertrade.panel import Panel
from clustertrade.registry import procedure
from clustertrade.results import Statistic, TestResult


@procedure(
    "cd",
    family="dependence",
    title="Pesaran CD test",
    null="no dependence between entities",
    alternative="some entities are correlated",
    reference="pesaran2021",
    needs=pairwise_needs,
    conventions={"plm": {}},
    checked="96 cases of plm pcdtest (1e-6). Simulated size at 5 %, independent errors of unequal variance: 0.06 at "
            "N=25, T=22, 0.05 at N=20, T=50; residuals of one regressor 0.07, 0.05; a variable less its means by "
            "period 1.00, 1.00. Power against loadings of 0.3 on one factor: 0.98, 1.00.",
)
def cd(y: Panel, x: Panel | None = None, *, convention: str = "paper") -> TestResult:
    r"""Cross-sectional dependence of a variable, or of residuals.

    .. math:: CD = \sqrt{\tfrac{2}{N(N-1)}} \sum_{i<j} \sqrt{T_{ij}}\,\hat\rho_{ij} \to N(0,1)

    Correlations of opposite signs cancel: dependence through factors with loadings of mean zero goes unseen, as in
    residuals of a model with time effects (use ``cd-weighted``) or with common factors (use ``cd-star``).

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
        ``CD``, two-sided p.  Details: ``mean_rho``, ``mean_abs_rho``, ``pairs``.

    Raises
    ------
    InfeasibleError
        Where two entities share fewer than 3 periods (by the paper).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"i": list("aaaabbbb"), "t": [1, 2, 3, 4] * 2, "y": [1., 2, 4, 3, 2, 3, 4, 5]})
    >>> round(cd(Panel.from_frame(frame, entity="i", time="t")["y"])["CD"].value, 3)
    1.6
    """
    series = entity_residuals("cd", y, x)
    found = correlations("cd", y, series, convention)
    value = found.cd
    return TestResult(
        statistics=(Statistic(name="CD", value=value, pvalue=float(2 * ndtr(-abs(value)))),),
        nobs=int(np.isfinite(series).sum()),
        details=found.details(),
    )
