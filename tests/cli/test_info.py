from tests.cli.conftest import only_json


def test_the_keys_of_json_are_a_contract(succeed):
    found = only_json(succeed("info", "--json"))
    assert set(found) == {"versions", "blas", "threads", "threading_layer", "products"}
    assert {"hebbovr", "numpy", "numba", "scipy", "scikit-learn"} <= set(found["versions"])
    assert found["products"] == "simd"
    assert found["threading_layer"] in ("omp", "tbb", "workqueue")


def test_the_table_names_what_matters(succeed):
    text = succeed("info")
    for word in ("numba", "BLAS", "cores", "threading layer", "products"):
        assert word in text
