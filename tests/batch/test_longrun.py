"""Long-run covariances against arch, statsmodels and linearmodels."""

from __future__ import annotations

import numpy as np
import pytest
from arch.covariance.kernel import Bartlett, Parzen, QuadraticSpectral
from linearmodels.iv.covariance import kernel_optimal_bandwidth
from statsmodels.stats.sandwich_covariance import weights_bartlett

from clustertrade.batch.longrun import andrews_1991, kernel_weights, long_run, long_run_variance, newey_west_1994

ARCH = {"bartlett": Bartlett, "parzen": Parzen, "qs": QuadraticSpectral}


def batch(seed, b=5, t=60, k=3):
    rng = np.random.default_rng(seed)
    u = rng.standard_normal((b, t, k))
    for s in range(1, t):
        u[:, s] += u[:, s - 1] @ (0.5 * np.eye(k) + 0.1)
    valid = np.arange(t) < rng.integers(t // 2, t + 1, (b, 1))
    return np.where(valid[..., None], u, np.nan), valid


@pytest.mark.parametrize("kernel", ["bartlett", "parzen", "qs"])
@pytest.mark.parametrize("bandwidth", [0, 1, 4, 17])
def test_covariances_are_those_of_arch(kernel, bandwidth):
    u, valid = batch(1)
    got = long_run(u, valid, bandwidth, kernel)
    for i in range(len(u)):
        want = ARCH[kernel](u[i, valid[i]], bandwidth=bandwidth, center=False).cov
        np.testing.assert_allclose(got.omega[i], want.long_run, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(got.sigma[i], want.short_run, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(got.delta[i], want.one_sided, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(got.lam[i], want.one_sided_strict, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kernel", ["bartlett", "parzen", "qs"])
def test_newey_west_bandwidth_is_that_of_arch(kernel):
    u, valid = batch(2)
    got = newey_west_1994(u, valid, kernel, pilot="ceil", whole=False)
    for i in range(len(u)):
        np.testing.assert_allclose(got[i], ARCH[kernel](u[i, valid[i]], center=False).opt_bandwidth, rtol=1e-10)


@pytest.mark.parametrize("kernel", ["bartlett", "parzen"])
def test_newey_west_rounds_down_where_linearmodels_rounds_up(kernel):
    u, valid = batch(3, k=1)
    real = newey_west_1994(u, valid, kernel, pilot="ceil", whole=False)
    whole = newey_west_1994(u, valid, kernel, pilot="ceil")
    for i in range(len(u)):
        name = {"bartlett": "bartlett", "parzen": "parzen"}[kernel]
        assert np.ceil(real[i]) == kernel_optimal_bandwidth(u[i, valid[i]], name)
    assert (whole == np.floor(real)).all()


def test_weights_of_bartlett_are_those_of_statsmodels():
    np.testing.assert_allclose(kernel_weights("bartlett", np.array([6.0]), 6)[0], weights_bartlett(6), rtol=1e-14)


@pytest.mark.parametrize(("kernel", "q", "constant"), [("bartlett", 1, 1.1447), ("parzen", 2, 2.6614),
                                                        ("qs", 2, 1.3221)])
def test_andrews_bandwidth_is_its_formula(kernel, q, constant):
    """Equations 6.2 and 6.4, a loop over units and columns."""
    u, valid = batch(4)
    got = andrews_1991(u, valid, kernel)
    for i in range(len(u)):
        z = u[i, valid[i]]
        above = below = 0.0
        for column in z.T:
            rho = column[1:] @ column[:-1] / (column[:-1] @ column[:-1])
            s4 = np.mean((column[1:] - rho * column[:-1]) ** 2) ** 2
            above += 4 * rho**2 * s4 / ((1 - rho) ** 6 * (1 + rho) ** 2 if q == 1 else (1 - rho) ** 8)
            below += s4 / (1 - rho) ** 4
        want = constant * (above / below * len(z)) ** (1 / (2 * q + 1)) - (kernel != "qs")
        np.testing.assert_allclose(got[i], max(want, 0.0), rtol=1e-10)


def test_bandwidths_do_not_depend_on_units_or_neighbours():
    u, valid = batch(5)
    whole = long_run(u, valid, "auto")
    for i in range(len(u)):
        alone = long_run(1000 * u[i : i + 1], valid[i : i + 1], "auto")
        assert alone.bandwidth[0] == whole.bandwidth[i]
        np.testing.assert_allclose(alone.omega[0], 1e6 * whole.omega[i], rtol=1e-12)


def test_variance_is_the_one_column_case():
    u, valid = batch(6, k=1)
    np.testing.assert_array_equal(long_run_variance(u[..., 0], valid, 3), long_run(u, valid, 3).omega[:, 0, 0])


def test_white_noise_has_its_variance():
    u = np.random.default_rng(7).standard_normal((50, 4000))
    ours = long_run_variance(u, np.ones_like(u, dtype=bool), "auto", "qs")
    assert abs(ours.mean() - 1) < 0.02
