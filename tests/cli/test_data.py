from tests.cli.conftest import only_json


def test_data_sets_are_listed_with_their_options(succeed):
    text = succeed("data", "list")
    assert "digits: " in text
    assert "-D n_latitudes=4" in text
    found = only_json(succeed("data", "list", "--json"))
    assert {"digits", "sphere", "cifar10"} <= set(found)
    assert found["sphere"]["options"]["n_classes"]["default"] == 10
