import itertools
import signal
from contextlib import suppress

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from hebbovr import rules
from hebbovr.errors import DataError, SettingsError, TrainingError
from hebbovr.kernels.threads import kernel_threads
from hebbovr.training.callbacks import Callback, EarlyStopping
from hebbovr.training.engine import Engine
from hebbovr.training.rows import ArrayRows, batch_bounds
from hebbovr.training.trainer import Trainer


@pytest.fixture
def X():
    return np.random.default_rng(0).standard_normal((400, 10)).astype(np.float32)


def test_training_equals_the_reference_rule_over_an_epoch(X):
    X = X.astype(np.float64)
    trainer = Trainer(12, epochs=1, batch_size=100, random_state=0, weight_scale=0.3).fit(X)

    start = Trainer(12, random_state=0, weight_scale=0.3)
    W = start.initialize(10, np.float64).weights_.copy()
    b = np.zeros(12)
    moments = [np.zeros_like(a) for a in (W, W, b, b)]
    order = start.state_.random.permutation(np.arange(400))
    for number in range(4):
        batch = X[np.sort(order[100 * number : 100 * (number + 1)])]
        C = rules.OVR().parts(rules.responses(batch, W, b)).total
        step = rules.update(C, batch)
        rules.adam_step(W, step.weights, moments[0], moments[1], number + 1, rules.Adam())
        rules.adam_step(b, step.biases, moments[2], moments[3], number + 1, rules.Adam())
    np.testing.assert_allclose(trainer.weights_, W, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(trainer.biases_, b, rtol=1e-9, atol=1e-12)


def test_training_lowers_objective_and_overlap(X):
    history = Trainer(64, epochs=60, learning_rate=0.01, random_state=0).fit(X).history_
    assert history[-1]["objective"] < 0.8 * history[0]["objective"]
    assert history[-1]["overlap"] < history[0]["overlap"]
    assert history[-1]["mean_response"] == pytest.approx(0.5, abs=0.1)


def test_history_has_one_entry_an_epoch_with_the_documented_keys(X):
    history = Trainer(8, epochs=3, validation_fraction=0.2).fit(X).history_
    assert [record["epoch"] for record in history] == [1, 2, 3]
    assert set(history[0]) == {
        "epoch", "learning_rate", "objective", "overlap", "mean_response", "share_active",
        "seconds", "validation_objective", "validation_overlap",
    }  # fmt: skip
    assert all(0 < record["share_active"] < 1 for record in history)


def test_the_same_seed_gives_the_same_bits_and_another_does_not(X):
    first, again, other = (
        Trainer(8, epochs=2, random_state=seed).fit(X).weights_ for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("make", [np.random.default_rng, np.random.RandomState])
def test_generators_serve_as_random_state(X, make):
    first, again = (Trainer(8, epochs=1, random_state=make(3)).fit(X).weights_ for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_the_untrained_layer_has_the_weights_that_training_starts_from(X):
    random = Trainer(8, random_state=0, weight_scale=0.05).initialize(10)
    trained = Trainer(8, random_state=0, weight_scale=0.05, learning_rate=1e-30, epochs=1).fit(X)
    np.testing.assert_array_equal(random.weights_, trained.weights_)
    assert random.weights_.std() == pytest.approx(0.05, rel=0.2)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_by_default_the_first_responses_have_a_mean_of_a_half(X, scale):
    history = Trainer(200, random_state=0, epochs=1, learning_rate=1e-30).fit(X * scale).history_
    assert history[0]["mean_response"] == pytest.approx(0.5, rel=0.1)


def test_the_epoch_with_the_lowest_validation_objective_is_kept(X):
    class Keep(Callback):
        def __init__(self):
            self.weights = {}

        def on_epoch_end(self, trainer, record):
            self.weights[record["epoch"]] = trainer.weights_.copy()

    keep = Keep()
    trainer = Trainer(
        16, epochs=12, learning_rate=0.05, validation_fraction=0.3, random_state=0, callbacks=[keep]
    ).fit(X)
    objectives = [record["validation_objective"] for record in trainer.history_]
    assert trainer.best_epoch_ == 1 + int(np.argmin(objectives))
    assert trainer.best_epoch_ < 12
    np.testing.assert_array_equal(trainer.weights_, keep.weights[trainer.best_epoch_])


def test_held_out_rows_are_not_trained_on(X):
    marked = np.column_stack([X, np.zeros(len(X), np.float32)])
    trainer = Trainer(4, epochs=1, validation_fraction=0.5, random_state=0)
    trainer.fit(marked)
    held_out = np.random.default_rng(0).spawn(1)[0].permutation(400)[:200]
    marked[held_out, -1] = 100.0
    again = Trainer(4, epochs=1, validation_fraction=0.5, random_state=0).fit(marked)
    np.testing.assert_array_equal(trainer.weights_, again.weights_)


def test_given_rows_choose_the_epoch_in_place_of_a_held_out_share(X):
    settings = {"learning_rate": 0.05, "random_state": 0}
    kept = Trainer(16, epochs=6, **settings).fit(X, X_validation=X[:40])
    objectives = [record["validation_objective"] for record in kept.history_]
    assert kept.best_epoch_ == 1 + int(np.argmin(objectives)) < 6
    stopped = Trainer(16, epochs=kept.best_epoch_, **settings).fit(X)
    np.testing.assert_array_equal(kept.weights_, stopped.weights_)


@pytest.mark.parametrize(("rows", "columns"), [(1, 0), (10, 1)])
def test_rows_that_cannot_choose_an_epoch_are_refused(X, rows, columns):
    with pytest.raises(DataError):
        Trainer(4, epochs=1).fit(X, X_validation=X[:rows, columns:])


def test_the_plateau_schedule_follows_the_validation_objective(X):
    trainer = Trainer(
        8, epochs=40, learning_rate=0.1, schedule="plateau", validation_fraction=0.3, random_state=0
    ).fit(X)
    rates = [record["learning_rate"] for record in trainer.history_]
    assert rates[0] == 0.1
    assert rates[-1] < 0.1
    for before, after in itertools.pairwise(rates):
        assert after in (before, pytest.approx(max(0.1 * before, 1e-6)))


def test_early_stopping_ends_the_run(X):
    trainer = Trainer(8, epochs=500, learning_rate=0.05, callbacks=[EarlyStopping(patience=3)])
    trainer.fit(X)
    assert 4 <= len(trainer.history_) < 500


def test_callbacks_see_every_batch(X):
    class Count(Callback):
        def __init__(self):
            self.seen = []

        def on_fit_begin(self, trainer, n_batches, n_epochs):
            self.seen.append(("begin", n_batches, n_epochs))

        def on_batch_end(self, trainer, batch, stats):
            self.seen.append((batch, sorted(stats)))

        def on_fit_end(self, trainer):
            self.seen.append(("end",))

    count = Count()
    Trainer(8, epochs=2, callbacks=[count]).fit(X)
    measures = ["mean_response", "objective", "overlap", "share_active"]
    measures = sorted(measures)
    assert count.seen == [
        ("begin", 3, 2),
        *[(n, measures) for n in (0, 1, 2, 0, 1, 2)],
        ("end",),
    ]


def test_a_lambda_that_is_too_large_collapses_stops_and_says_which_to_try(X):
    trainer = Trainer(32, overlap_penalty=1e-2, epochs=200, learning_rate=0.01, random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"2λB² = 328 .* try λ = 4.6e-05"):
        trainer.fit(X)
    assert trainer.collapsed_
    assert len(trainer.history_) < 200


def test_a_run_that_diverges_names_epoch_and_batch():
    X = np.random.default_rng(0).standard_normal((300, 4)) * 1e150
    trainer = Trainer(4, normalize=False, epochs=1, weight_scale=1e30)
    with pytest.raises(TrainingError, match="epoch 1, batch 1; use a smaller learning rate"):
        trainer.fit(X)


def test_eq4_holds_every_weight_norm(X):
    start = Trainer(8, rule="eq4", weight_scale=0.05, random_state=0).initialize(10)
    trained = Trainer(8, rule="eq4", weight_scale=0.05, epochs=3, random_state=0).fit(X)
    np.testing.assert_allclose(
        np.linalg.norm(trained.weights_, axis=1), np.linalg.norm(start.weights_, axis=1), rtol=1e-5
    )
    assert not np.allclose(trained.weights_, start.weights_)
    assert (trained.biases_ == 0).all()


def test_prepare_is_applied_to_each_batch(X):
    raw = np.round(X * 50).astype(np.int8)
    prepared = Trainer(8, epochs=2, random_state=0).fit(raw, prepare=lambda rows: rows / 50.0)
    direct = Trainer(8, epochs=2, random_state=0).fit(raw / 50.0)
    np.testing.assert_array_equal(prepared.weights_, direct.weights_)


def test_thread_settings_are_as_before_also_after_an_error(X):
    import numba
    from threadpoolctl import threadpool_info

    def state():
        return numba.get_num_threads(), [pool["num_threads"] for pool in threadpool_info()]

    Trainer(4, epochs=1).fit(X)
    before = state()
    Trainer(4, epochs=1, n_threads=1).fit(X)
    assert state() == before

    class Fail(Callback):
        def on_batch_end(self, trainer, batch, stats):
            raise KeyError

    with pytest.raises(KeyError):
        Trainer(4, epochs=1, n_threads=1, callbacks=[Fail()]).fit(X)
    assert state() == before


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"rule": "hebb"}, "rule='hebb' is unknown; use one of ovr, eq4, kmeans"),
        ({"activation": "tanh"}, "activation='tanh' is unknown"),
        ({"n_components": 0}, "n_components=0 must be a whole number of at least 1"),
        ({"batch_size": 1}, "batch_size=1 must be a whole number of at least 2"),
        ({"epochs": 1.5}, "epochs=1.5 must be a whole number"),
        ({"learning_rate": 0.0}, "learning_rate=0.0 must be a finite number above 0"),
        ({"overlap_penalty": -1.0}, "overlap_penalty=-1.0 must be a finite number of at least 0"),
        ({"overlap_penalty": float("nan")}, "overlap_penalty=nan"),
        ({"target": float("inf")}, "target=inf"),
        ({"validation_fraction": 1.0}, "validation_fraction=1.0 must be a fraction"),
        ({"n_threads": 0}, "n_threads=0"),
        ({"schedule": "linear"}, "schedule='linear' is unknown"),
    ],
)
def test_settings_out_of_range_are_named(setting, message):
    with pytest.raises(SettingsError) as error:
        Trainer(**setting)
    assert message in str(error.value)


def test_data_that_cannot_be_trained_on_is_refused(X):
    with pytest.raises(DataError, match="1 training and 0 held-out rows"):
        Trainer(4).fit(X[:1])
    with pytest.raises(DataError, match=r"shape \(400,\)"):
        Trainer(4).fit(X[:, 0])
    with pytest.raises(DataError, match="9 features, but this layer was trained on 10"):
        Trainer(4).initialize(10).transform(X[:, :9])
    with pytest.raises(NotFittedError):
        Trainer(4).transform(X)


@pytest.mark.parametrize("size", [2, 7, 128])
@pytest.mark.parametrize("n", [2, 100, 129, 191, 193, 1000])
def test_batches_hold_every_row_once_and_are_of_one_size_but_for_one_row(n, size):
    bounds = batch_bounds(n, size)
    assert [low for low, _ in bounds[1:]] == [high for _, high in bounds[:-1]]
    assert (bounds[0][0], bounds[-1][1]) == (0, n)
    lengths = [high - low for low, high in bounds]
    assert max(lengths) - min(lengths) <= 1
    assert min(lengths) >= max(2, size / 2) or len(bounds) == 1


def test_rows_that_are_not_finite_are_named(X):
    X[17, 3] = np.inf
    with pytest.raises(DataError, match="Row 17 of X holds NaN or infinity"):
        ArrayRows(X).take(np.array([3, 17, 20]))


@pytest.mark.parametrize("threshold", [-1.5, 0.7])
def test_the_threshold_moves_what_is_read_out_and_not_what_is_learned(threshold):
    X = np.random.default_rng(0).normal(size=(200, 12))
    plain, moved = (
        Trainer(9, epochs=2, random_state=0, encoding_threshold=t).fit(X) for t in (0, threshold)
    )
    np.testing.assert_array_equal(plain.weights_, moved.weights_)
    Z = X @ plain.weights_.T + plain.biases_
    np.testing.assert_allclose(plain.transform(X), np.maximum(Z, 0), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        moved.transform(X), np.maximum(Z - threshold, 0), rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("rows", [3, 100])
def test_weights_that_cannot_be_written_to_respond(rows):
    X = np.random.default_rng(0).standard_normal((rows, 9)).astype(np.float32)
    trainer = Trainer(20, random_state=0).initialize(9)
    expected = trainer.transform(X)
    trainer.layer.W.flags.writeable = False
    np.testing.assert_array_equal(trainer.transform(X), expected)


@pytest.mark.parametrize(
    "out",
    [np.empty((5, 21), np.float32), np.empty((5, 20)), np.empty((20, 5), np.float32).T],
    ids=["too wide", "float64", "by columns"],
)
def test_responses_are_not_written_where_they_do_not_fit(out):
    trainer = Trainer(20, random_state=0).initialize(9)
    with pytest.raises(DataError, match=r"out is .*give a C-contiguous float32 array of shape"):
        trainer.transform(np.zeros((5, 9), np.float32), out=out)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="interrupts itself by a timer")
def test_an_interrupt_within_a_step_is_no_other_error():
    def interrupt(*_):
        raise KeyboardInterrupt

    X = np.random.default_rng(0).standard_normal((16, 9)).astype(np.float32)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with kernel_threads() as threads:
            trainer = Trainer(16).initialize(9)
            engine = Engine(trainer.config, trainer.layer, threads)
            for wait in np.linspace(0.001, 0.002, 60):
                with suppress(KeyboardInterrupt):
                    signal.setitimer(signal.ITIMER_REAL, wait)
                    for _ in range(100):
                        engine.run(X, 1e-3, 1)
                signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_what_is_read_off_the_state_is_set_there(X):
    trainer = Trainer(4, epochs=1, random_state=0).fit(X)
    trainer.step_ = 77
    assert trainer.state_.step == 77
    assert Trainer.from_state(trainer.state()).step_ == 77
    with pytest.raises(AttributeError):
        trainer.n_features_in_ = 3
