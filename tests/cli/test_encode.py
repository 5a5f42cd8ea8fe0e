import numpy as np
import pytest
from scipy import sparse

from hebbovr import load_model


def test_dense_and_sparse_features_are_the_models_responses(succeed, model, blobs):
    succeed("encode", model, "blobs.npz", "-o", "h.npy")
    succeed("encode", model, "blobs.npz", "-o", "h.npz", "--sparse")
    dense, packed = np.load("h.npy"), sparse.load_npz("h.npz")
    assert packed.format == "csr"
    np.testing.assert_array_equal(packed.toarray(), dense)
    assert dense.shape == (300, 8)
    wanted = load_model(model).transform(blobs[0])
    np.testing.assert_allclose(np.sort(dense, axis=0), np.sort(wanted, axis=0), rtol=1e-6)


def test_parts_add_up(succeed, model, blobs):
    shapes = []
    for part in ("train", "test"):
        succeed("encode", model, "blobs.npz", "-o", f"{part}.npy", "--part", part)
        shapes.append(np.load(f"{part}.npy").shape[0])
    assert shapes == [225, 75]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "h.npz"], "must end in .npy"),
        (["-o", "h.npy", "--sparse"], "must end in .npz"),
        (["-o", "missing/h.npy"], "missing"),
        ([], "--out"),
    ],
)
def test_wrong_targets_are_named(fail, model, options, message):
    assert message in fail("encode", model, "blobs.npz", *options)[1]
