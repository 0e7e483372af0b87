import numpy as np
import pytest
import zarr

from mimetic.io.chunks import read_rows, spec_of, write_chunk, write_whole
from mimetic.io.disk import FileBatch
from tests.io.folders import noise

same = np.testing.assert_array_equal


@pytest.mark.parametrize("dtype", ["?", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8"])
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (3, 0), (1,), (256, 2), (600, 2, 1)])
def test_every_type_and_shape_comes_back_with_the_same_bits(tmp_path, dtype, shape):
    array = (noise(shape) * 100).astype(dtype) if dtype != "?" else noise(shape) > 0
    array = np.asarray(array)
    spec = spec_of("a", array, growing=False)
    with FileBatch() as batch:
        write_whole(batch, tmp_path / "a", array, spec=spec)
    read = read_rows(tmp_path / "a", spec, 0)
    assert read.dtype == array.dtype
    same(read, array)
    same(zarr.open_array(tmp_path / "a", mode="r")[...], array)


def test_big_endian_and_strided_arrays_are_stored_as_numbers(tmp_path):
    array = np.arange(512, dtype=">f4").reshape(256, 2)[:, ::-1]
    spec = spec_of("a", array, growing=True)
    (tmp_path / "a").mkdir()
    with FileBatch() as batch:
        write_chunk(batch, tmp_path / "a", 0, rows=array, spec=spec)
    same(read_rows(tmp_path / "a", spec, 256), array)


def test_int16_rows_that_were_never_written_are_missing_flow(tmp_path):
    spec = spec_of("a", np.zeros((3, 2), "i2"), growing=True)
    same(read_rows(tmp_path / "nothing", spec, 2), np.full((2, 2), -32768))
