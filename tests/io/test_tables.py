from dataclasses import replace

import numpy as np
import pandas
import pyarrow as pa
import pytest

from mimetic.errors import ArgumentError, DiskError, ShapeError, StoreError
from mimetic.io import tables
from mimetic.io.tables import make_table, read_table, table_provenance, write_table, write_text
from tests.io.folders import PROVENANCE

COLUMNS = {
    "frame": np.arange(3),
    "time_s": np.array([0.1, np.nan, 1 / 3]),
    "speed_ed_s": np.array([0.1, np.nan, 3], np.float32),
    "valid": np.array([True, False, True]),
    "side": ["left", None, "both"],
}


def test_pandas_reads_the_same_numbers_and_missing_stays_missing(tmp_path):
    write_table(tmp_path / "t.parquet", COLUMNS)
    read = pandas.read_parquet(tmp_path / "t.parquet")
    np.testing.assert_array_equal(read["time_s"], COLUMNS["time_s"])
    np.testing.assert_array_equal(read["speed_ed_s"].to_numpy(np.float32), COLUMNS["speed_ed_s"])
    assert read["valid"].tolist() == [True, False, True]
    assert read["side"].isna().tolist() == [False, True, False]


def test_missing_is_null_in_the_file_and_not_a_number(tmp_path):
    write_table(tmp_path / "t.parquet", COLUMNS)
    table = read_table(tmp_path / "t.parquet")
    assert {name: table[name].null_count for name in table.column_names} == {
        "frame": 0,
        "time_s": 1,
        "speed_ed_s": 1,
        "valid": 0,
        "side": 1,
    }


def test_the_csv_is_plain_and_missing_is_empty(tmp_path):
    files = write_table(
        tmp_path / "t.parquet", {**COLUMNS, "note": ['a,"b"', None, "c\td"]}, csv=True
    )
    assert [file.name for file in files] == ["t.parquet", "t.csv"]
    lines = (tmp_path / "t.csv").read_bytes().decode("utf-8").split("\n")
    assert lines[0] == "frame,time_s,speed_ed_s,valid,side,note"
    assert lines[2] == "1,,,false,,"
    assert lines[-1] == ""
    read = pandas.read_csv(tmp_path / "t.csv")
    assert read["time_s"][2] == 1 / 3
    assert read["note"].tolist()[::2] == ['a,"b"', "c\td"]


def test_a_plain_csv_has_no_quotes_and_a_tsv_has_tabs(tmp_path):
    table = make_table(COLUMNS)
    assert '"' not in write_text(tmp_path / "t.csv", table).read_text()
    lines = write_text(tmp_path / "t.tsv", table).read_text().splitlines()
    assert lines[0].split("\t") == list(COLUMNS)
    assert lines[1].split("\t") == ["0", "0.1", "0.1", "true", "left"]


def test_text_keeps_its_letters_in_any_language(tmp_path):
    write_table(tmp_path / "t.parquet", {"größe_px": [1.5], "name": ["Ünïcödé 表情"]}, csv=True)
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "größe_px,name\n1.5,Ünïcödé 表情\n"


def test_the_same_columns_give_the_same_bytes_at_another_time(tmp_path):
    later = replace(PROVENANCE, made_at="2027-01-02T03:04:05+00:00")
    for name, made in {"a": PROVENANCE, "b": later}.items():
        write_table(tmp_path / f"{name}.parquet", COLUMNS, provenance=made, csv=True)
    for suffix in ("parquet", "csv"):
        first, second = ((tmp_path / f"{n}.{suffix}").read_bytes() for n in "ab")
        assert first == second


def test_provenance_lies_in_the_file(tmp_path):
    write_table(tmp_path / "t.parquet", COLUMNS, provenance=PROVENANCE)
    assert table_provenance(read_table(tmp_path / "t.parquet")) == replace(PROVENANCE, made_at="")
    assert table_provenance(make_table(COLUMNS)) is None


def test_an_empty_table_keeps_its_columns(tmp_path):
    write_table(tmp_path / "t.parquet", {"onset_s": np.zeros(0), "kind": []}, csv=True)
    assert read_table(tmp_path / "t.parquet").column_names == ["onset_s", "kind"]
    assert (tmp_path / "t.csv").read_text() == "onset_s,kind\n"


def test_columns_of_different_length_are_refused():
    with pytest.raises(ShapeError, match=r"\{'a': 1, 'b': 2\}"):
        make_table({"a": [1], "b": [1, 2]})


def test_a_column_with_two_axes_is_refused():
    with pytest.raises(ShapeError, match=r"a: expected a column \[N\], got \[2, 3\]"):
        make_table({"a": np.zeros((2, 3))})


def test_a_column_of_numbers_and_text_is_refused():
    with pytest.raises(ArgumentError, match="a: expected one kind"):
        make_table({"a": [1, "x"]})


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r"ends in \.csv or \.tsv"):
        write_text(tmp_path / "t.xlsx", make_table(COLUMNS))


@pytest.mark.parametrize("content", [b"", b"not parquet at all"])
def test_a_file_that_is_no_table_is_told(tmp_path, content):
    (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(StoreError, match="expected a Parquet table"):
        read_table(tmp_path / "t.parquet")
    with pytest.raises(StoreError, match="expected a Parquet table"):
        read_table(tmp_path / "nothing.parquet")


def test_a_full_disk_leaves_the_old_table(tmp_path, monkeypatch):
    write_table(tmp_path / "t.parquet", {"a": [1]}, csv=True)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables, "replace_file", fail)
    with pytest.raises(DiskError, match="full"):
        write_table(tmp_path / "t.parquet", {"a": [2]})
    with pytest.raises(DiskError, match="full"):
        write_text(tmp_path / "t.csv", pa.table({"a": [2]}))
    assert read_table(tmp_path / "t.parquet")["a"].to_pylist() == [1]


def test_texts_of_which_none_is_known_stay_texts():
    for values in ([], [None, None]):
        assert str(tables.make_table({"label": values}).schema.field("label").type) == "string"
