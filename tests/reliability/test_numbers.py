"""Numbers out of hand: divergence, collapse, NaN in the input, silent samples, float32's ends."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from hebbovr import OVREncoder, Preprocessor, Trainer, linear_probe, measure_sparsity
from hebbovr.errors import DataError, TrainingError
from hebbovr.rules import OVR
from hebbovr.storage.checkpointer import Checkpointer
from hebbovr.storage.checkpoints import Checkpoints
from hebbovr.training.callbacks import Callback

X = np.random.default_rng(0).normal(size=(400, 12)).astype(np.float32)


class Spoil(Callback):
    """Spoil the biases after so many batches, so that the next objective is not finite."""

    def __init__(self, batch):
        self.batch = batch

    def on_batch_end(self, trainer, batch, stats):
        if trainer.step_ == self.batch:
            self.weights = trainer.weights_.copy()
            trainer.layer.b[0] = np.inf


def test_a_run_that_diverges_names_batch_and_advice_and_learns_nothing_from_the_batch():
    spoil = Spoil(9)
    trainer = Trainer(10, epochs=5, batch_size=50, random_state=0, callbacks=[spoil])
    with pytest.raises(TrainingError) as error:
        trainer.fit(X)
    said = str(error.value)
    assert said.startswith("The objective became nan in epoch 2, batch 2; use a smaller learning")
    np.testing.assert_array_equal(trainer.weights_, spoil.weights)


def test_a_learning_rate_beyond_all_measure_stops_with_finite_weights():
    trainer = Trainer(10, epochs=5, learning_rate=1e30, random_state=0)
    with np.errstate(all="ignore"), pytest.raises(TrainingError, match="smaller learning rate"):
        trainer.fit(X * np.float32(1e9))
    assert np.isfinite(trainer.weights_).all()


def test_a_run_that_diverges_keeps_the_former_model_and_its_checkpoints(tmp_path):
    folder = Checkpoints(tmp_path)
    preprocessor = Preprocessor().fit(X)
    saver = Checkpointer(folder, preprocessor, {}, "", every=4)
    trainer = Trainer(10, epochs=5, batch_size=50, callbacks=[Spoil(10), saver], random_state=0)
    with pytest.raises(TrainingError):
        trainer.fit(preprocessor.transform(X))
    saver.close()
    last = folder.newest().trainer
    assert last.step_ == 8
    assert all(np.isfinite(array).all() for array in last.layer)


def test_a_collapse_ends_the_run_within_twenty_batches_and_is_not_saved(tmp_path):
    folder = Checkpoints(tmp_path)
    preprocessor = Preprocessor().fit(X)
    saver = Checkpointer(folder, preprocessor, {}, "", every=1)
    settings = {"batch_size": 20, "learning_rate": 0.01, "overlap_penalty": 1, "random_state": 0}
    trainer = Trainer(32, epochs=100, callbacks=[saver], **settings)
    with pytest.warns(ConvergenceWarning, match=r"by batch \d+, in epoch \d+ \(object.*try λ = "):
        trainer.fit(preprocessor.transform(X))
    saver.close()
    assert trainer.collapsed_
    last = folder.newest().trainer
    assert 1 <= trainer.step_ - last.step_ <= 20
    assert last.transform(X).any()


def test_a_collapse_puts_the_best_epoch_back_where_one_is_chosen():
    class Squash(Callback):
        def on_epoch_end(self, trainer, record):
            if trainer.epoch_ == 2:
                trainer.layer.b[:] = -1e6

    trainer = Trainer(
        10, epochs=5, validation_fraction=0.2, random_state=0, callbacks=[Squash()], batch_size=32
    )
    with pytest.warns(ConvergenceWarning, match="collapsed"):
        trainer.fit(X)
    assert trainer.collapsed_
    assert trainer.best_epoch_ <= 2
    assert trainer.transform(X).mean() > 0.1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 217, 399])
def test_what_is_not_finite_in_a_memory_map_never_reaches_the_weights(tmp_path, value, row):
    spoiled = X.copy()
    spoiled[row, 3] = value
    np.save(tmp_path / "X.npy", spoiled)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    encoder = OVREncoder(8, epochs=2, batch_size=40, random_state=0)
    with pytest.raises(DataError, match=f"Row {row} of X holds NaN or infinity"):
        encoder.fit(mapped)
    assert not hasattr(encoder, "trainer_")
    with pytest.raises(ValueError, match="NaN|infinity|finite"):
        Preprocessor().fit(mapped)


@pytest.mark.parametrize("normalize", [True, False])
def test_silent_samples_add_no_overlap_and_finite_updates(normalize):
    rule = OVR(overlap_penalty=5e-5, normalize=normalize)
    for silent in (slice(0, 5), slice(None)):
        trainer = Trainer(6, epochs=1, batch_size=30, normalize=normalize, random_state=0)
        trainer.initialize(12)
        batch = X[:30].copy()
        batch[silent] = 0
        trainer.layer.b[:] = -1e-3
        Z = batch @ trainer.weights_.T + trainer.biases_
        assert (Z[silent] < 0).all()
        trainer.partial_fit(batch)
        assert np.isfinite(trainer.weights_).all()
        expected = rule.objective(np.maximum(Z, 0).astype(np.float64))
        assert trainer.history_[-1]["objective"] == pytest.approx(expected, rel=1e-4)
    assert trainer.history_[-1]["overlap"] == 0


def extremes():
    for scale in (1e30, 1e-30, 1e18, 1e-18):
        yield f"{scale:g}", X * np.float32(scale)
    mixed = X.copy()
    mixed[:, 0], mixed[:, 1] = 5, mixed[:, 2]
    mixed[:, 3] *= np.float32(1e30)
    mixed[:, 4] *= np.float32(1e-30)
    mixed[:, 5] = np.float32(1e30)
    yield "mixed", mixed


@pytest.mark.parametrize(
    ("name", "data"), list(extremes()), ids=lambda v: v if isinstance(v, str) else ""
)
def test_raw_inputs_learn_or_are_refused_where_squares_leave_float32(name, data):
    encoder = OVREncoder(9, epochs=2, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if name != "1e-18":
            with pytest.raises(DataError, match="give inputs of unit scale"):
                encoder.fit(data)
            return
        H = encoder.fit(data).transform(data)
        measure_sparsity(H)
        linear_probe(H[:300], np.arange(300) % 3, H[300:], np.arange(100) % 3, random_state=0)
    assert np.isfinite(encoder.weights_).all()
    assert np.isfinite(H).all()


@pytest.mark.parametrize("how", ["scaled", "projected", "whitened"])
@pytest.mark.parametrize(
    ("name", "data"), list(extremes()), ids=lambda v: v if isinstance(v, str) else ""
)
def test_the_ends_of_float32_neither_overflow_nor_warn(name, data, how):
    y = np.arange(len(data)) % 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        count = None if how == "scaled" else 6
        whiten = 0.01 if how == "whitened" else None
        inputs = Preprocessor(count, whiten=whiten).fit_transform(data)
        encoder = OVREncoder(9, epochs=2, random_state=0).fit(inputs)
        H = encoder.transform(inputs)
        measure_sparsity(H)
        linear_probe(H[:300], y[:300], H[300:], y[300:], random_state=0)
    for array in (inputs, encoder.weights_, H):
        assert np.isfinite(array).all()
