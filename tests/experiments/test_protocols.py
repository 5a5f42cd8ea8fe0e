import numpy as np
import pytest

from hebbovr.evaluation.probe import ALPHAS
from hebbovr.experiments.features import compute_features
from hebbovr.experiments.protocols import probe, walk
from tests.experiments.conftest import feature_settings


def relabelled(images, part):
    labels = {"y_train": images.y_train, "y_test": images.y_test}
    labels[part] = np.random.default_rng(1).permutation(labels[part])
    return type(images)(
        name="tiny", X_train=images.X_train, X_test=images.X_test, title=images.title, **labels
    )


def final(images, protocol):
    result = compute_features(feature_settings(images, protocol=protocol), images, 1)
    return {name: value for name, value in result.items() if name not in ("timing", "seconds")}


def without_seconds(result):
    last = {name: value for name, value in result["last"].items() if name != "seconds"}
    return result | {"last": last}


def test_honest_sees_the_test_labels_in_the_last_number_only(images):
    once = without_seconds(final(images, "honest"))
    other = without_seconds(final(relabelled(images, "y_test"), "honest"))
    assert once.pop("accuracy") != other.pop("accuracy")
    assert once == other


def test_authors_choose_the_l2_penalty_by_test_labels(images):
    shuffled = final(relabelled(images, "y_test"), "authors")
    assert shuffled["path"] != final(images, "authors")["path"]
    assert shuffled["accuracy"] == max(accuracy for _, accuracy in shuffled["path"])
    assert shuffled["validation_accuracy"] is None
    assert "selected on the test set" in shuffled["note"]


def test_both_probes_read_out_what_is_there():
    random = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], 60)
    H = np.eye(3, dtype=np.float32)[y] + 0.1 * random.standard_normal((180, 3), dtype=np.float32)
    for protocol in ("honest", "authors"):
        found = probe(protocol, H[::2], y[::2], H[1::2], y[1::2], 0)
        assert found["accuracy"] == found["train_accuracy"] == 1
        assert found["strength"] in ALPHAS


@pytest.mark.parametrize("best", [0.001, 0.05, 5.0, ALPHAS[0], ALPHAS[-1]])
def test_the_walk_finds_a_single_peak(best):
    tried = []

    def quality(alpha):
        tried.append(alpha)
        return -abs(np.log(alpha / best))

    assert walk(quality) == best
    assert len(set(tried)) == len(tried)
