"""The bias-corrected scaled LM test of Baltagi, Feng and Kao for residuals of fixed effects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import ndtr

from clustertrade.dependence.correlations import SHORTEST, correlations
from clustertrade.dependence.residuals import fixed_effects_residuals
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult


def _needs(options: Mapping[str, Any]) -> Needs:
    return Needs(n=2, t=SHORTEST, gaps=True, varying=not options["x"])


@procedure(
    "bc-lm",
    family="dependence",
    title="Bias-corrected scaled LM test of Baltagi, Feng and Kao",
    null="no dependence between the entities' errors",
    alternative="some entities' errors are correlated",
    reference="baltagi_feng_kao2012",
    needs=_needs,
    conventions={"plm": {}},
    checked="10 cases of plm pcdtest (1e-6; the unbalanced ones under convention plm). Simulated size at 5 %, "
            "independent errors of unequal variance: 0.04 at N=25, T=22, 0.05 at N=20, T=50, 0.03 at N=31, T=11; "
            "residuals of one regressor 0.04, 0.05, 0.04. Power against loadings of 0.3 on one factor: 0.48, 0.80, "
            "0.24.",
)
def bc_lm(y: Panel, x: Panel | None = None, *, convention: str = "paper") -> TestResult:
    r"""Any correlation between the errors of a fixed-effects model; also for more entities than periods.

    .. math:: LM_{BC} = \sqrt{\tfrac{1}{N(N-1)}} \sum_{i<j} (T\,\hat\rho_{ij}^2 - 1) - \frac{N}{2(T-1)} \to N(0,1)

    The paper is for balanced panels.  In others each correlation stands on the T_ij periods that its pair shares, and
    1/(T-1) is averaged over pairs.

    Parameters
    ----------
    y : Panel of one variable
        Gaps are allowed: each pair is correlated over the periods that both have.
    x : Panel, optional
        With regressors, the residuals of y on x and entity effects (slopes common to all) are tested.
    convention : str
        ``plm``: T of the correction is the number of periods of the longest entity where the panel is unbalanced, and
        pairs that share fewer than two periods are left out.

    Returns
    -------
    TestResult
        ``LM-bc``, two-sided p.  Details: ``mean_rho``, ``mean_abs_rho``, ``pairs``, ``bias`` (what is taken off).

    Raises
    ------
    InfeasibleError
        Where two entities share fewer than 3 periods, or an x does not vary within entities.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"i": list("aaaabbbb"), "t": [1, 2, 3, 4] * 2, "y": [1., 2, 4, 3, 2, 3, 4, 5]})
    >>> round(bc_lm(Panel.from_frame(frame, entity="i", time="t")["y"])["LM-bc"].value, 3)
    0.77
    """
    series = fixed_effects_residuals("bc-lm", y, x)
    found = correlations("bc-lm", y, series, convention)
    longest = int(np.isfinite(series).sum(-1).max())
    inverse = 1 / (longest - 1) if convention == "plm" else found.mean(1 / (found.shared - 1))
    bias = found.n / 2 * inverse
    value = found.scaled_lm - bias
    return TestResult(
        statistics=(Statistic(name="LM-bc", value=value, pvalue=float(2 * ndtr(-abs(value)))),),
        nobs=int(np.isfinite(series).sum()),
        details={**found.details(), "bias": bias},
    )
