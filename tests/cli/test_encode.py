import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_digits

from hebbovr import load_model


def test_dense_and_sparse_features_are_the_models_responses(succeed, model, blobs):
    succeed("encode", model, "blobs.npz", "-o", "h.npy")
    succeed("encode", model, "blobs.npz", "-o", "h.npz", "--sparse")
    dense, packed = np.load("h.npy"), sparse.load_npz("h.npz")
    assert packed.format == "csr"
    np.testing.assert_array_equal(packed.toarray(), dense)
    assert dense.shape == (300, 8)
    wanted = load_model(model).transform(blobs[0])
    np.testing.assert_allclose(dense, wanted, rtol=1e-6)


def test_parts_add_up(succeed, model, blobs):
    succeed("encode", model, "blobs.npz", "-o", "all.npy")
    whole, numbers = np.load("all.npy"), []
    for part, n_rows in (("train", 225), ("test", 75)):
        succeed("encode", model, "blobs.npz", "-o", f"{part}.npy", "--part", part)
        rows = np.load(f"{part}-rows.npy")
        assert (np.diff(rows) > 0).all()
        assert len(rows) == n_rows
        np.testing.assert_array_equal(np.load(f"{part}.npy"), whole[rows])
        numbers += rows.tolist()
    assert sorted(numbers) == list(range(300))


@pytest.mark.parametrize("part", ["all", "train", "test"])
def test_an_archive_holds_responses_and_rows(succeed, model, blobs, part):
    succeed("encode", model, "blobs.npz", "-o", "h.npz", "--part", part, "--seed", 3)
    succeed("encode", model, "blobs.npz", "-o", "all.npy")
    with np.load("h.npz", allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["responses"], np.load("all.npy")[archive["rows"]])


def test_rows_go_where_they_are_asked_for(succeed, model, blobs, tmp_path):
    succeed("encode", model, "blobs.npz", "-o", "h.npz", "--sparse", "--part", "test")
    succeed("encode", model, "blobs.npz", "-o", "t.npy", "--part", "test", "--rows", "r.npy")
    np.testing.assert_array_equal(np.load("r.npy"), np.load("h-rows.npy"))
    assert not (tmp_path / "t-rows.npy").exists()
    succeed("encode", model, "blobs.npz", "-o", "a.npy", "--rows", "r.npy")
    assert np.load("r.npy").tolist() == list(range(300))


@pytest.mark.parametrize("seed", [0, 7])
def test_every_kind_of_data_is_encoded_in_its_own_order(succeed, tmp_path, seed):
    random = np.random.default_rng(0)
    X, y = random.random((60, 64)).astype(np.float32), np.arange(60) % 3
    np.save("x.npy", X)
    np.save("y.npy", y)
    np.savez("own.npz", X=X[:40], y=y[:40], X_test=X[40:], y_test=y[40:])
    names = ",".join(f"f{n}" for n in range(64))
    np.savetxt("t.csv", np.c_[X, y], delimiter=",", header=f"{names},label", fmt="%.9g")
    succeed("train", "digits", "--hidden", 8, "--epochs", 1, "--no-probe", "--out", "m.npz")
    wanted = load_model("m.npz").transform(X)
    for data in (["x.npy"], ["x.npy", "-D", "labels=y.npy"], ["own.npz"], ["t.csv"]):
        succeed("encode", "m.npz", *data, "-o", "h.npy", "--seed", seed)
        np.testing.assert_allclose(np.load("h.npy"), wanted, rtol=1e-5, atol=1e-6)
        if data == ["x.npy"]:
            continue
        for part in ("train", "test"):
            succeed("encode", "m.npz", *data, "-o", "h.npz", "--seed", seed, "--part", part)
            with np.load("h.npz") as found:
                np.testing.assert_allclose(
                    found["responses"], wanted[found["rows"]], rtol=1e-5, atol=1e-6
                )
    digits = load_digits().data.astype(np.float32)
    succeed("encode", "m.npz", "digits", "-o", "h.npy", "--seed", seed)
    wanted = load_model("m.npz").transform(digits)
    np.testing.assert_allclose(np.load("h.npy"), wanted, rtol=1e-5, atol=1e-6)


def table(path, rows, header="a,b,c,label"):
    path.write_text("\n".join([header, *rows]) + "\n")


@pytest.fixture
def trained(succeed, tmp_path):
    """Train on a table of three named features; return its rows."""
    random = np.random.default_rng(0)
    rows = [
        f"{x:.4f},{y:.4f},{1e9 + z:.4f},{n % 3}"
        for n, (x, y, z) in enumerate(random.random((40, 3)))
    ]
    table(tmp_path / "d.csv", rows)
    succeed("train", "d.csv", "--hidden", 4, "--epochs", 2, "--no-probe", "--out", "m.npz")
    return rows


def test_one_row_has_the_responses_that_it_has_among_others(succeed, trained, tmp_path):
    """Also where only the spread of many rows shows that float32 would blur a column."""
    succeed("encode", "m.npz", "d.csv", "-o", "all.npy")
    whole = np.load("all.npy")
    table(tmp_path / "one.csv", trained[5:6])
    table(tmp_path / "bare.csv", [trained[5].rsplit(",", 1)[0]], "a,b,c")
    table(tmp_path / "blank.csv", [trained[5][:-1]])
    (tmp_path / "plain.csv").write_text(trained[5].rsplit(",", 1)[0])
    for name in ("one", "bare", "blank", "plain"):
        succeed("encode", "m.npz", f"{name}.csv", "-o", "one.npy")
        np.testing.assert_array_equal(np.load("one.npy"), whole[5:6])


def test_one_row_cannot_be_trained_on(fail, trained, tmp_path):
    table(tmp_path / "one.csv", trained[:1])
    assert "one.csv holds a single sample" in fail("train", "one.csv")[1]


def test_columns_are_matched_by_their_names(run, succeed, fail, trained, tmp_path):
    succeed("encode", "m.npz", "d.csv", "-o", "all.npy")
    cells = [row.split(",") for row in trained]
    table(tmp_path / "p.csv", [",".join([c, y, b, a]) for a, b, c, y in cells], "c,label,b,a")
    result = run("encode", "m.npz", "p.csv", "-o", "p.npy")
    assert "another order than the model's" in result.stderr
    np.testing.assert_array_equal(np.load("p.npy"), np.load("all.npy"))
    table(tmp_path / "few.csv", [",".join([a, b, y]) for a, b, _, y in cells], "a,b,label")
    table(
        tmp_path / "more.csv", [f"{n % 7},{row}" for n, row in enumerate(trained)], "z,a,b,c,label"
    )
    table(tmp_path / "other.csv", trained, "a,b,d,label")
    for command in (
        ["encode", "-o", "h.npy"],
        ["probe"],
        ["plot", "activity", "-o", "a.png"],
        ["plot", "overlap", "-o", "a.png"],
        ["report", "-o", "r.html"],
    ):
        call = [*command, "m.npz"]
        assert "lacks the column 'c'" in fail(*call, "few.csv")[1]
        assert "has the column 'z'" in fail(*call, "more.csv")[1]
        assert "lacks the column 'c'" in fail(*call, "other.csv")[1]
    succeed("encode", "m.npz", "more.csv", "-D", "drop=z", "-o", "m.npy")
    np.testing.assert_array_equal(np.load("m.npy"), np.load("all.npy"))


def test_columns_without_names_are_taken_by_their_places(succeed, fail, trained, tmp_path):
    X = np.array([row.split(",")[:3] for row in trained], float)
    np.save("x.npy", X)
    np.savez("named.npz", X=X[:, ::-1], feature_names=np.array(["c", "b", "a"]))
    succeed("encode", "m.npz", "d.csv", "-o", "all.npy")
    for name in ("x.npy", "named.npz"):
        succeed("encode", "m.npz", name, "-o", "h.npy")
        np.testing.assert_array_equal(np.load("h.npy"), np.load("all.npy"))
    np.save("wide.npy", np.zeros((3, 4)))
    assert (
        "4 features, but the model was trained on 3"
        in fail("encode", "m.npz", "wide.npy", "-o", "h.npy")[1]
    )


def test_a_model_without_names_still_loads(succeed, trained, tmp_path):
    with np.load("m.npz", allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive if name != "feature_names"}
    np.savez("old.npz", **arrays)
    assert load_model("old.npz").feature_names is None
    succeed("encode", "old.npz", "d.csv", "-o", "h.npy")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "h.csv"], "must end in .npy or .npz"),
        (["-o", "h.npy", "--rows", "h.npy"], "give two names"),
        (["-o", "h.npy", "--rows", "h.txt"], "--rows h.txt: the file's name must end in .npy"),
        (["-o", "h.npy", "--sparse"], "must end in .npz"),
        (["-o", "missing/h.npy"], "missing"),
        ([], "--out"),
    ],
)
def test_wrong_targets_are_named(fail, model, options, message):
    assert message in fail("encode", model, "blobs.npz", *options)[1]
