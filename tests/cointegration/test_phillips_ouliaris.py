"""The Phillips-Ouliaris tests: arch, invariances, their law, size and power."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

import clustertrade as ct
from clustertrade.distributions import engle_granger
from clustertrade.distributions import phillips_ouliaris as law
from clustertrade.errors import InfeasibleError, UsageError
from tests.cointegration.panels import cointegrated, walks

NAMES = ("Zt", "Za", "Pu", "Pz")


def run(z, **options):
    data = pd.DataFrame(z, columns=["y", *(f"x{i}" for i in range(1, z.shape[1]))])
    return ct.test("phillips-ouliaris", data, y="y", x=list(data.columns[1:]), **options)


def values(result):
    return np.array([s.value for s in result])


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize("kernel", ["bartlett", "parzen", "qs"])
def test_statistics_as_arch_up_to_its_number_of_periods(trend, kernel):
    from arch.unitroot.cointegration import phillips_ouliaris

    z = walks(np.random.default_rng(1), 1, 80, 2)[0]
    z -= z[0]                                              # arch subtracts the first observation from Pz without terms
    ours, t = run(z, trend=trend, kernel=kernel, bandwidth=4), 80
    name = {"qs": "quadratic-spectral"}.get(kernel, kernel)
    for s in ours:
        theirs = phillips_ouliaris(z[:, 0], z[:, 1:], trend=trend, test_type=s.name, kernel=name, bandwidth=4)
        if s.name == "Pz" and trend != "n":
            continue                                       # it takes the terms out of T periods, not of T - 1
        factor = {"Zt": ((t - 1) / t) ** 0.5, "Za": (t - 1) / t, "Pu": (t - 1) / t, "Pz": (t - 1) / t}[s.name]
        assert s.value == pytest.approx(theirs.stat * factor, rel=1e-9), s.name
        asymptotic = law.pvalue(theirs.stat, s.name, trend, 3)
        assert asymptotic == pytest.approx(theirs.pvalue, abs=1e-12)
        assert law.critical(s.name, trend, 3, t)["0.05"] == pytest.approx(theirs.critical_values[5])


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_invariances(trend):
    z = cointegrated(np.random.default_rng(2), 1, 60, 2)[0]
    first = values(run(z, trend=trend, bandwidth=3))
    scaled = values(run(z * [1000.0, 0.01, 7.0], trend=trend))
    assert np.allclose(scaled, values(run(z, trend=trend)), rtol=1e-8)
    mixed = z.copy()
    mixed[:, 0] += 3 * mixed[:, 1]
    mixed[:, 2] -= mixed[:, 1]
    if trend != "n":
        mixed += [5.0, -3.0, 2.0]
    if trend == "ct":
        mixed += np.outer(np.arange(60.0), [1.0, 2.0, -1.0])
    assert np.allclose(values(run(mixed, trend=trend, bandwidth=3)), first, rtol=1e-6)


def test_pz_does_not_depend_on_which_series_is_y():
    z = walks(np.random.default_rng(3), 1, 70, 2)[0]
    first, turned = run(z, bandwidth=2), run(z[:, [2, 0, 1]], bandwidth=2)
    assert first["Pz"].value == pytest.approx(turned["Pz"].value, rel=1e-9)
    assert first["Zt"].value != pytest.approx(turned["Zt"].value, rel=1e-3)


def test_urca_reads_the_mean():
    z = walks(np.random.default_rng(4), 1, 70)[0]
    assert run(z + 50)["Pz"].value == pytest.approx(run(z)["Pz"].value, rel=1e-6)
    assert run(z + 50, convention="urca", bandwidth=1)["Pz"].value < run(z, convention="urca", bandwidth=1)["Pz"].value
    with pytest.raises(UsageError, match="stata"):
        run(z, convention="stata")


def test_p_at_the_critical_value_is_the_level():
    for name in NAMES:
        for trend in ("n", "c", "ct"):
            for n in (40, 100):
                for level, cut in law.critical(name, trend, 3, n).items():
                    assert law.pvalue(cut, name, trend, 3, n) == pytest.approx(float(level), rel=1e-6)
            side = 1 if name in law.UPPER else -1
            p = [law.pvalue(side * far, name, trend, 3, 60) for far in np.linspace(-5, 120 if name != "Zt" else 9, 60)]
            assert (np.diff(p) <= 2e-3).all()                  # the two surfaces do not quite meet


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize("variables", [2, 4, 6])
def test_zt_has_the_law_of_the_engle_granger_t(trend, variables):
    for level, cut in law.critical("Zt", trend, variables).items():
        assert cut == pytest.approx(engle_granger.critical(float(level), trend, variables), abs=0.02)


def test_refusals():
    z = walks(np.random.default_rng(5), 1, 40)[0]
    with pytest.raises(InfeasibleError, match="exact linear function"):
        run(np.column_stack([2 * z[:, 1] + 1, z[:, 1]]))
    with pytest.raises(InfeasibleError, match="at most 12 x"):
        run(walks(np.random.default_rng(1), 1, 60, 13)[0])
    with pytest.raises(InfeasibleError, match="at least 7 periods"):
        run(z[:6])
    assert np.isfinite(values(run(z[:7]))).all()
    with pytest.raises(UsageError, match="does not take --lags"):
        run(z, lags=1)


def rejections(make, draws, seed):
    rng, count = np.random.default_rng(seed), dict.fromkeys(NAMES, 0)
    for _ in range(draws):
        for s in run(make(rng)[0]):
            count[s.name] += s.pvalue < 0.05
    return count


def test_size_and_power():
    for count in rejections(lambda rng: walks(rng, 1, 100), 250, 6).values():
        low, high = binomtest(count, 250).proportion_ci(0.999)
        assert low <= 0.10 and high >= 0.02
    assert min(rejections(lambda rng: cointegrated(rng, 1, 100), 40, 7).values()) >= 36


@pytest.mark.slow
@pytest.mark.parametrize(("t", "quoted"), [(22, (0.05, 0.02, 0.01, 0.03)), (50, (0.05, 0.05, 0.06, 0.07)),
                                           (100, (0.05, 0.06, 0.06, 0.06))])
def test_quoted_sizes(t, quoted):
    found = rejections(lambda rng: walks(rng, 1, t), 2000, [20260101, t])
    for name, rate in zip(NAMES, quoted, strict=True):
        low, high = binomtest(found[name], 2000).proportion_ci(0.999)
        assert low - 0.005 <= rate <= high + 0.005, name
