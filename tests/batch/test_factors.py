from __future__ import annotations

import numpy as np
import pytest

from clustertrade.batch.factors import (
    CRITERIA,
    NotConverged,
    most_factors,
    number_of_factors,
    principal_components,
    standardize,
)


def panels(rng, b, n, t, r, noise=1.0):
    """b panels of r strong factors with loadings around one half."""
    factors, loadings = rng.standard_normal((b, t, r)), 0.5 + rng.standard_normal((b, n, r))
    return loadings @ np.swapaxes(factors, 1, 2) + noise * rng.standard_normal((b, n, t))


@pytest.mark.parametrize(("n", "t"), [(7, 20), (20, 7), (12, 12)])
def test_components_are_those_of_the_singular_value_decomposition(n, t):
    x = panels(np.random.default_rng(1), 3, n, t, 2)
    found = principal_components(x, 3)
    for b in range(3):
        u, s, v = np.linalg.svd(x[b], full_matrices=False)
        assert np.allclose(found.common[b], (u[:, :3] * s[:3]) @ v[:3], atol=1e-10)
        assert np.allclose(found.factors[b].T @ found.factors[b] / t, np.eye(3), atol=1e-10)
        assert np.allclose(found.loadings[b].T @ found.loadings[b] / n, np.diag(s[:3] ** 2 / (n * t)), atol=1e-10)
    assert np.allclose(found.common + found.resid, x)
    assert (np.take_along_axis(found.loadings, np.abs(found.loadings).argmax(1)[:, None], 1) > 0).all()


def test_no_factor_leaves_everything():
    x = panels(np.random.default_rng(2), 2, 5, 9, 1)
    assert np.array_equal(principal_components(x, 0).resid, x)


def test_the_order_of_entities_and_the_units_change_nothing():
    x = panels(np.random.default_rng(3), 1, 9, 15, 2)
    turned = principal_components(x[:, ::-1] * 1000, 2)
    assert np.allclose(turned.resid[:, ::-1], 1000 * principal_components(x, 2).resid, atol=1e-8)


@pytest.mark.parametrize(("criterion", "column"), [("ic1", 0), ("ic2", 1), ("ic3", 2)])
def test_information_criteria_agree_with_statsmodels(criterion, column):
    from statsmodels.multivariate.pca import PCA

    rng = np.random.default_rng(4)
    for r in (0, 1, 2, 3):
        x = standardize(panels(rng, 1, 20, 30, r))
        theirs = PCA(x[0].T, standardize=False, demean=False).ic[:8, column]            # k = 0 ... 7
        assert number_of_factors(x, criterion, most=7)[0] == int(np.argmin(theirs))


def test_the_number_of_strong_factors_is_found():
    rng = np.random.default_rng(5)
    for r in (0, 1, 2):
        x = standardize(panels(rng, 100, 30, 50, r))
        for criterion in ("ic1", "ic2", "bic3"):
            assert (number_of_factors(x, criterion) == r).mean() >= (0.9 if r < 2 or criterion != "bic3" else 0.6)


def test_bic3_is_its_formula():
    x = standardize(panels(np.random.default_rng(6), 1, 9, 16, 1))
    s2 = np.linalg.svd(x[0], compute_uv=False) ** 2 / (9 * 16)
    v = np.array([s2[k:].sum() for k in range(4)])
    values = [v[k] + k * v[3] * (9 + 16 - k) * np.log(144) / 144 for k in range(4)]
    assert number_of_factors(x, "bic3", most=3)[0] == int(np.argmin(values))


def test_missing_cells_are_recovered_where_factors_explain_all():
    rng = np.random.default_rng(7)
    x = panels(rng, 2, 12, 25, 2, noise=0.0)
    valid = rng.random(x.shape) > 0.15
    found = principal_components(np.where(valid, x, np.nan), 2, valid)
    assert np.allclose(found.common, x, atol=1e-5)
    assert (found.resid[~valid] == 0).all()


def test_criteria_with_missing_cells():
    rng = np.random.default_rng(8)
    x = panels(rng, 4, 20, 40, 1)
    valid = rng.random(x.shape) > 0.1
    z = standardize(x, valid)
    for criterion in CRITERIA:
        assert (number_of_factors(z, criterion, most=3, valid=valid) >= 1).all()
    assert (number_of_factors(z, "ic2", most=3, valid=valid) == 1).all()


def test_an_iteration_that_does_not_settle_is_said(monkeypatch):
    import clustertrade.batch.factors as module

    rng = np.random.default_rng(9)
    x = panels(rng, 2, 6, 8, 1)
    valid = np.ones(x.shape, dtype=bool)
    valid[1, 0, 0] = False
    whole = module._filled
    monkeypatch.setattr(module, "_filled", lambda x, r, v, tolerance: whole(x, r, v, tolerance, most=1))
    with pytest.raises(NotConverged) as caught:
        principal_components(x, 2, valid)
    assert caught.value.rows.tolist() == [1]


def test_standardize_reads_only_what_is_valid():
    valid = np.array([[[True, True, True, False], [True, True, True, True]]])
    z = standardize(np.array([[[1.0, 2.0, 3.0, np.nan], [5.0, 5.0, 5.0, 5.0]]]), valid)
    assert np.allclose(z, [[[-np.sqrt(1.5), 0, np.sqrt(1.5), 0], [0, 0, 0, 0]]])


def test_the_most_factors_grow_with_the_shorter_dimension():
    assert [most_factors(*s) for s in ((10, 500), (25, 22), (2000, 200))] == [3, 4, 8]
