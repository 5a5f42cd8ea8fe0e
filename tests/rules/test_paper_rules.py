import itertools

import numpy as np
import pytest

from hebbovr import rules
from hebbovr.rules import OVR, Eq4

OPTIONS = [
    OVR(overlap_penalty=3e-3, mean=mean, target=target, normalize=normalize)
    for mean, target, normalize in itertools.product(["global", "unit"], [0.5, 0.2], [True, False])
]


def batch(seed=0, B=7, K=5, D=4):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((B, D)), rng.standard_normal((K, D)), rng.standard_normal(K)


def finite_differences(function, x, delta=1e-6):
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + delta
        above = function()
        x[index] = kept - delta
        below = function()
        x[index] = kept
        gradient[index] = (above - below) / (2 * delta)
    return gradient


@pytest.mark.parametrize("activation", rules.ACTIVATIONS)
@pytest.mark.parametrize("rule", OPTIONS, ids=repr)
def test_the_update_is_minus_the_gradient_of_the_objective(rule, activation):
    X, W, b = batch()
    H = rules.responses(X, W, b, activation)
    step = rules.update(rule.parts(H, activation).total, X)

    def objective():
        return rule.objective(rules.responses(X, W, b, activation))

    for analytic, parameter in zip(step, (W, b), strict=True):
        numeric = finite_differences(objective, parameter)
        assert np.linalg.norm(analytic + numeric) < 1e-6 * np.linalg.norm(numeric)


def test_the_objective_is_eq_3_with_its_double_sum():
    H = rules.responses(*batch())
    U = H / np.linalg.norm(H, axis=1, keepdims=True)
    pairs = sum(U[i] @ U[j] for i in range(len(U)) for j in range(len(U)) if i != j)
    assert OVR(overlap_penalty=0.3).objective(H) == pytest.approx(abs(H.mean() - 0.5) + 0.3 * pairs)


def test_eq4_is_its_double_sum():
    X, W, b = batch()
    H = rules.responses(X, W, b)
    step = rules.update(Eq4(overlap_penalty=1.0).parts(H).total, X).weights
    for k in range(len(W)):
        literal = -sum(H[j, k] * sum(X[i] for i in range(len(X)) if i != j) for j in range(len(X)))
        np.testing.assert_allclose(step[k], literal, rtol=1e-12)


def test_eq4_is_half_the_unnormalised_gradient_for_linear_responses():
    X, W, b = batch()
    H = rules.responses(X, W, b, "identity")
    exact = OVR(normalize=False).parts(H, "identity")
    half = Eq4().parts(H, "identity")
    np.testing.assert_allclose(half.total, (exact.hebbian + exact.anti_hebbian) / 2, rtol=1e-12)


@pytest.mark.parametrize("rule", [*OPTIONS, Eq4()], ids=repr)
def test_the_hebbian_part_is_the_response_times_a_gain_shared_by_all_units(rule):
    H = rules.responses(*batch(B=9, K=6))
    active = H > 0
    hebbian = rule.parts(H).hebbian
    assert (hebbian[active] > 0).all()
    assert (hebbian[~active] == 0).all()
    gains = np.where(active, hebbian / np.where(active, H, 1), np.nan)
    np.testing.assert_allclose(np.nanmax(gains, axis=1), np.nanmin(gains, axis=1), rtol=1e-9)


@pytest.mark.parametrize("normalize", [True, False])
def test_the_anti_hebbian_part_leads_away_from_what_the_batch_shares(normalize):
    H = rules.responses(*batch())
    away = OVR(normalize=normalize).parts(H).anti_hebbian
    assert (away[H > 0] < 0).all()


@pytest.mark.parametrize("normalize", [True, False])
def test_a_inactive_sample_overlaps_with_nothing(normalize):
    H = rules.responses(*batch())
    H[3] = 0
    rule = OVR(normalize=normalize)
    kept = np.delete(H, 3, axis=0)
    overlap = rules.overlap_sum(rule.compared(H))
    assert overlap == pytest.approx(rules.overlap_sum(rule.compared(kept)))
    parts = rule.parts(H)
    assert np.isfinite(parts.total).all()
    assert (parts.total[3] == 0).all()


def test_an_all_inactive_batch_has_no_overlap_and_no_update():
    H = np.zeros((4, 3))
    assert OVR().objective(H) == 0.5
    assert (OVR().parts(H).total == 0).all()


def test_mean_overlap_is_the_mean_cosine_of_pairs():
    H = rules.responses(*batch())
    U = H / np.linalg.norm(H, axis=1, keepdims=True)
    cosines = (U @ U.T)[~np.eye(len(U), dtype=bool)]
    assert rules.mean_overlap(H) == pytest.approx(cosines.mean())
    assert rules.mean_overlap(H[:1]) == 0.0


def test_adam_takes_first_steps_of_the_learning_rate():
    w, g = np.zeros(3), np.array([-2.0, 1e-3, 0.0])
    m, v = np.zeros(3), np.zeros(3)
    rules.adam_step(w, g, m, v, 1, rules.Adam(learning_rate=0.1))
    np.testing.assert_allclose(w, [-0.1, 0.1, 0.0], rtol=1e-4)


def test_adam_equals_the_textbook_over_many_steps():
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((5, 3))
    w, m, v = np.ones(3), np.zeros(3), np.zeros(3)
    for number, g in enumerate(gradients, start=1):
        rules.adam_step(w, g, m, v, number, rules.Adam())
    decay1 = 0.9 ** np.arange(4, -1, -1)[:, None]
    decay2 = 0.999 ** np.arange(4, -1, -1)[:, None]
    np.testing.assert_allclose(m, 0.1 * (decay1 * gradients).sum(axis=0), rtol=1e-10)
    np.testing.assert_allclose(v, 0.001 * (decay2 * gradients**2).sum(axis=0), rtol=1e-10)


def test_hold_norms_keeps_direction_and_restores_length():
    W = np.array([[3.0, 4.0], [0.0, 0.0]])
    rules.hold_norms(W, np.array([1.0, 2.0]))
    np.testing.assert_allclose(W, [[0.6, 0.8], [0.0, 0.0]])
