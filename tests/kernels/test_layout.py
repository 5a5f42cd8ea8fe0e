import numpy as np
import pytest

from hebbovr.kernels.layout import BLOCK_UNITS, PANEL_BYTES, block_units, make_workspace


def test_blocks_cut_every_width():
    for units in range(1, 2000):
        assert 1 <= block_units(units) <= BLOCK_UNITS


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_panels_begin_where_the_processors_do(dtype):
    packed = make_workspace(3, 50, 7, 1, np.dtype(dtype)).input_panels
    assert packed.ctypes.data % PANEL_BYTES == 0
    assert packed.shape[2] * packed.itemsize == PANEL_BYTES
