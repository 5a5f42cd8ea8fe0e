import pytest

from hebbovr.kernels.products import BACKENDS


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request):
    """Run the tests of a module with the products of each backend in turn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEBBOVR_PRODUCTS", request.param)
        yield request.param
