import sys

import h5py
import numpy as np
import pandas
import pynwb
import pytest
from scipy.io import loadmat

from mimetic.errors import ArgumentError, MissingExtra, ShapeError, StoreError, TooLargeError
from mimetic.io import export as exporting
from mimetic.io.export import export
from mimetic.io.result import open_result
from tests.io import folders

same = np.testing.assert_array_equal


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return open_result(folders.write_result(tmp_path_factory.mktemp("export") / "anna"))


def test_csv_holds_the_tables_as_pandas_reads_them(result, tmp_path):
    files = export(result, "csv", tmp_path / "csv")
    assert [file.name for file in files] == ["frames.csv", "movements.csv"]
    frames = pandas.read_csv(files[0])
    same(frames["speed_ed_s"].to_numpy(np.float32), folders.regions(300).values[:, 0, 1])
    assert np.isnan(frames["speed_ed_s"][1])


def test_openface_export_has_a_row_for_every_frame(result, tmp_path):
    (file,) = export(result, "openface", tmp_path / "deeper" / "anna.csv")
    assert len(file.read_text().splitlines()) == 301


def test_matlab_reads_columns_cells_and_the_same_numbers(result, tmp_path):
    (file,) = export(result, "mat", tmp_path / "anna.mat")
    read = loadmat(file, squeeze_me=False, struct_as_record=True)
    track = read["track"][0, 0]
    same(track["landmarks_px"], result.track.landmarks_px)
    same(track["times_s"], result.track.times_s[:, None])
    same(track["valid"].ravel().astype(bool), result.track.valid)
    regions = read["regions"][0, 0]
    assert [cell.item() for cell in regions["features"].ravel()] == list(result.regions.features)
    events = read["events"][0, 0]
    same(events["onset_s"].ravel(), [0.1, 1.0])
    assert np.isnan(events["snr"].ravel()[1])
    same(events["score_smile"].ravel(), [np.nan, 0.9])
    assert "seconds" in read["note"].item()
    assert all(len(name) <= 63 for name in track.dtype.names)


def test_hdf5_keeps_numbers_units_and_who_made_them(result, tmp_path):
    (file,) = export(result, "h5", tmp_path / "anna.h5")
    with h5py.File(file) as read:
        same(read["track/landmarks_px"][:], result.track.landmarks_px)
        same(read["codes/codes"][:], result.codes.codes)
        assert read["track/landmarks_px"].attrs["unit"] == "px"
        assert read["track/yaw_deg"].attrs["unit"] == "deg"
        assert read["track/valid"].attrs["unit"] == "1"
        assert list(read["regions/regions"].asstr()) == list(result.regions.regions)
        assert read["video"].attrs["sha256"] == folders.SHA
        assert read["provenance_track"].attrs["revision"] == "abc"
        assert "row-major" in read.attrs["axes"]


def test_the_same_result_gives_the_same_hdf5_bytes(result, tmp_path):
    first = export(result, "h5", tmp_path / "a.h5")[0].read_bytes()
    assert export(result, "h5", tmp_path / "b.h5")[0].read_bytes() == first


def test_nwb_holds_series_with_timestamps_and_units(result, tmp_path):
    (file,) = export(result, "nwb", tmp_path / "anna.nwb")
    with pynwb.NWBHDF5IO(str(file), "r") as opened:
        read = opened.read()
        behavior = read.processing["behavior"]
        landmarks = behavior["track_landmarks_px"]
        same(landmarks.data[:], result.track.landmarks_px)
        same(landmarks.timestamps[:], result.track.times_s)
        assert landmarks.unit == "px"
        assert "brow_left" in behavior["regions_values"].comments
        same(behavior["codes_codes"].data[:], result.codes.codes)
        same(read.intervals["events"]["start_time"][:], [0.1, 1.0])
        assert list(read.intervals["events"]["kind"][:]) == ["blink", "macro"]
        same(read.intervals["events"]["score_smile"][:], [np.nan, 0.9])
        same(behavior["table_frames"]["frame"][:], np.arange(300))
        assert read.identifier == folders.SHA


def test_the_nwb_file_passes_the_schema_check(result, tmp_path):
    (file,) = export(result, "nwb", tmp_path / "anna.nwb")
    assert pynwb.validate(path=str(file)) == []


def test_an_unknown_format_is_refused(result, tmp_path):
    with pytest.raises(ArgumentError, match=r"csv, openface, mat, h5, nwb, got 'xlsx'"):
        export(result, "xlsx", tmp_path / "a")


@pytest.mark.parametrize(("module", "format"), [("h5py", "h5"), ("pynwb", "nwb")])
def test_a_missing_extra_is_told_with_the_line_that_mends_it(
    result, tmp_path, monkeypatch, module, format
):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=r'pip install "mimetic\[export\]"'):
        export(result, format, tmp_path / f"a.{format}")
    assert list(tmp_path.iterdir()) == []


def test_a_result_without_a_person_is_refused(tmp_path):
    folders.opened(tmp_path / "r").close()
    with pytest.raises(StoreError, match="followed person"):
        export(open_result(tmp_path / "r"), "mat", tmp_path / "a.mat")


def test_a_result_with_tracking_alone_exports_what_is_there(tmp_path):
    with folders.opened(tmp_path / "r") as folder:
        stage = folder.stage("track", config_hash="c")
        stage.write_record("video", folders.video(3))
        stage.finish(provenance=folders.PROVENANCE)
        people = folder.stage("people", config_hash="c")
        people.write_record("track", folders.track(3))
        people.finish()
    result = open_result(tmp_path / "r")
    with h5py.File(export(result, "h5", tmp_path / "a.h5")[0]) as read:
        assert set(read) == {"video", "track", "provenance_track"}
    export(result, "nwb", tmp_path / "a.nwb")


def test_a_name_that_matlab_cannot_hold_is_refused(tmp_path):
    with pytest.raises(ShapeError, match="export as h5"):
        exporting._matlab("track", {"a" * 64: 1})


def test_more_than_two_gibibytes_are_refused_for_matlab():
    huge = np.broadcast_to(np.float32(0), (2**30, 3))
    with pytest.raises(TooLargeError, match="export as h5"):
        exporting._matlab("track", {"landmarks_px": huge})


def test_an_export_that_fails_leaves_no_file(result, tmp_path, monkeypatch):
    def fail(file, *_, **__):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "savemat", fail)
    with pytest.raises(StoreError, match="full"):
        export(result, "mat", tmp_path / "anna.mat")
    assert list(tmp_path.iterdir()) == []
