import zipfile

import pytest

from mimetic.datasets.micro import (
    composite,
    read_cas_me_2,
    read_cas_me_3,
    read_casme2,
    read_samm,
    read_samm_long,
    read_smic,
)
from mimetic.datasets.micro import sheets as sheets_module
from mimetic.datasets.micro.sheets import read_sheets, table
from mimetic.errors import DatasetError
from tests.datasets.micro import trees

READERS = [read_casme2, read_samm, read_smic, read_cas_me_3, read_samm_long]


def test_casme2_yields_events_in_seconds_after_the_first_picture(tmp_path):
    trees.casme2(tmp_path)
    first, second, third, _ = read_casme2(tmp_path)
    (event,) = first.events
    assert (event.onset_s, event.apex_s, event.offset_s) == (0, 13 / 200, 40 / 200)
    assert (first.subject, first.labels["emotion"], first.labels["class"]) == (
        "sub01", "happiness", "positive",
    )  # fmt: skip
    assert first.labels["action_units"] == "12"
    assert first.source.name == "EP02_01f"
    # The same file name is another sample in another subject; an apex that is not marked
    # lies in the middle.
    assert second.source.parent.name == second.subject == "sub02"
    assert (second.events[0].apex_s, second.events[0].scores["apex_marked"]) == (0.05, 0.0)
    assert (second.labels["class"], third.labels["class"]) == (None, "negative")
    assert "signed agreement" in first.licence


def test_samm_is_read_below_the_notes_that_its_sheet_begins_with(tmp_path):
    trees.samm(tmp_path)
    (one,) = read_samm(tmp_path)
    assert (one.subject, one.labels["class"], one.labels["sample"]) == (
        "006",
        "negative",
        "006_1_2",
    )
    assert one.events[0].apex_s == pytest.approx(26 / 200)


def test_smic_has_no_apex_and_three_classes(tmp_path):
    trees.smic(tmp_path)
    one, two = read_smic(tmp_path, pictures="HS")
    assert [each.labels["class"] for each in (one, two)] == ["negative", "surprise"]
    assert one.events[0].offset_s == pytest.approx(0.3)
    assert one.events[0].scores["apex_marked"] == 0


def test_cas_me_3_finds_folders_whatever_their_capitals_and_whole_videos(tmp_path):
    trees.cas_me_3(tmp_path / "clips")
    (one,) = read_cas_me_3(tmp_path / "clips")
    assert one.events[0].apex_s == pytest.approx(0.1)
    trees.cas_me_3(tmp_path / "whole")
    (tmp_path / "whole/frame").rename(tmp_path / "whole/unused")
    trees.pictures(tmp_path / "whole/part_A/spNO.1/a/color", 0, 400, "{}.jpg")
    (two,) = read_cas_me_3(tmp_path / "whole", pictures="part_A")
    assert two.events[0].onset_s == pytest.approx(355 / 30)


def test_long_videos_hold_several_events_in_order_of_time(tmp_path):
    trees.cas_me_2(tmp_path / "two")
    trees.samm_long(tmp_path / "samm")
    (one,) = read_cas_me_2(tmp_path / "two")
    (two,) = read_samm_long(tmp_path / "samm")
    assert [event.kind for event in one.events] == ["micro", "macro"]
    assert one.events[0].offset_s == one.events[0].apex_s == pytest.approx(114 / 30)
    assert one.events[0].scores["offset_marked"] == 0
    assert (one.subject, two.subject) == ("s15", "006")
    assert [event.onset_s for event in two.events] == [1561 / 200, 3561 / 200]


@pytest.mark.parametrize("read", [*READERS, read_cas_me_2])
def test_a_folder_that_is_no_such_set_says_what_is_missing_whom_to_ask_and_the_licence(
    read, tmp_path
):
    with pytest.raises(DatasetError, match=r"not found\. .* Licence: signed"):
        read(tmp_path)


def test_all_faults_of_a_set_are_told_at_once(tmp_path):
    rows = [
        (1, "EP01", None, 46, 59, 86, None, 1, "happiness"),
        (1, "EP02", None, 46, 40, 86, None, 1, "happiness"),
        (1, "EP03", None, 46, 59, 20, None, 1, "happiness"),
        (1, "EP04", None, 46, 59, 86, None, 1, "happiness"),
    ]
    trees.casme2(tmp_path, rows)
    trees.pictures(tmp_path / "CASME2-RAW/sub01/EP03", 46, 86)
    for picture in (tmp_path / "CASME2-RAW/sub01/EP01").iterdir():
        picture.unlink()
    trees.pictures(tmp_path / "Cropped/sub01/EP04", 46, 86)
    with pytest.raises(DatasetError) as caught:
        read_casme2(tmp_path)
    told = str(caught.value)
    for text in ("sub01/EP01: listed", "EP02: expected the apex", "EP03: expected frame numbers"):
        assert text in told
    assert "name one with pictures=" in told
    with pytest.raises(DatasetError, match="sub01/EP01"):
        read_casme2(tmp_path, pictures="Cropped")


def test_faults_of_long_videos_are_told(tmp_path):
    trees.cas_me_2(tmp_path / "bare")
    trees.write_xlsx(tmp_path / "bare/CAS(ME)^2code_final.xlsx", {"CASFEcode_final": [[1]]})
    with pytest.raises(DatasetError, match="naming rule1"):
        read_cas_me_2(tmp_path / "bare")
    trees.cas_me_2(tmp_path / "moved")
    (tmp_path / "moved/rawpic/s15").rename(tmp_path / "moved/rawpic/s16")
    with pytest.raises(DatasetError, match="s15/15_0401"):
        read_cas_me_2(tmp_path / "moved")
    trees.samm_long(tmp_path / "samm")
    head = ["Subject", "Filename", "Onset", "Apex", "Offset", "Type"]
    rows = [head, ["006", "odd", 1, 2, 3, "Micro"]]
    trees.write_xlsx(tmp_path / "samm/SAMM_LongVideos_V2_Release.xlsx", {"long": rows})
    with pytest.raises(DatasetError, match="a name such as 006_1_2"):
        read_samm_long(tmp_path / "samm")
    trees.write_xlsx(tmp_path / "samm/SAMM_LongVideos_V2_Release.xlsx", {"long": [["a"]]})
    with pytest.raises(DatasetError, match="no line with the columns"):
        read_samm_long(tmp_path / "samm")


def test_a_csv_export_reads_like_the_workbook(tmp_path):
    trees.casme2(tmp_path)
    book = tmp_path / "CASME2-coding-20140508.xlsx"
    (rows,) = read_sheets(book).values()
    known = read_casme2(tmp_path)
    book.with_suffix(".csv").write_text("\n".join(",".join(row) for row in rows))
    book.unlink()
    assert read_casme2(tmp_path) == known


def test_workbooks_that_declare_entities_or_are_none_are_refused(tmp_path, monkeypatch):
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]>'
    trees.write_xlsx(tmp_path / "bomb.xlsx", {"one": [["a"]]}, before=bomb)
    with pytest.raises(DatasetError, match="a document type"):
        read_sheets(tmp_path / "bomb.xlsx")
    (tmp_path / "text.xlsx").write_text("no workbook")
    with pytest.raises(DatasetError, match=r"save it as \.csv"):
        read_sheets(tmp_path / "text.xlsx")
    (tmp_path / "latin.csv").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(DatasetError, match="UTF-8"):
        read_sheets(tmp_path / "latin.csv")
    trees.write_xlsx(tmp_path / "large.xlsx", {"one": [["a" * 500]]})
    monkeypatch.setattr(sheets_module, "LARGEST_BYTES", 400)
    with pytest.raises(DatasetError, match="more than 400 bytes"):
        read_sheets(tmp_path / "large.xlsx")


def test_cells_are_found_by_their_place_and_numbers_lose_their_point(tmp_path):
    path = tmp_path / "a.xlsx"
    trees.write_xlsx(path, {"one": [["Name", None, "On set"], ["a", None, 5.0]]})
    (rows,) = read_sheets(path).values()
    assert rows == [["Name", "", "On set"], ["a", "", "5"]]
    wanted = {"name": ("Name",), "onset": ("OnsetFrame", "Onset"), "?apex": ("Apex",)}
    assert table(rows, wanted) == [{"name": "a", "onset": "5", "apex": ""}]
    with pytest.raises(ValueError, match="no line with the columns Name, Offset"):
        table(rows, {"name": ("Name",), "offset": ("Offset",)})
    with zipfile.ZipFile(path) as book:
        assert "xl/workbook.xml" in book.namelist()


@pytest.fixture
def three(tmp_path):
    trees.casme2(tmp_path / "casme2")
    trees.smic(tmp_path / "smic")
    trees.samm(tmp_path / "samm")
    readers = {"casme2": read_casme2, "smic": read_smic, "samm": read_samm}
    return {name: read(tmp_path / name) for name, read in readers.items()}


def test_the_composite_takes_three_classes_and_says_how_its_counts_differ(three):
    found = composite(three)
    assert found.counts == {"casme2": 2, "smic": 2, "samm": 1}
    assert found.labels == ("positive", "negative", "negative", "surprise", "negative")
    assert found.subjects[0] == "casme2/sub01"
    assert len(set(found.subjects)) == 5
    assert "casme2: 2 samples, published 145" in found.differs
    assert "5 subjects, published 68" in found.differs


def test_the_list_of_the_challenge_says_which_samples_count(three, tmp_path):
    listing = tmp_path / "combined_3class_gt.csv"
    listing.write_text("casme2,sub02,EP03_02,0\nsamm,6,006_1_2,0\nsmic,s03,s3_sur_02,2\n")
    found = composite(three, listing)
    assert found.labels == ("negative", "negative", "surprise")
    assert found.recordings[1].labels["sample"] == "006_1_2"
    listing.write_text("casme2,sub09,EP03_02,0\nsamm,6,006_1_2,7\n")
    with pytest.raises(DatasetError, match=r"line 1: no recording of casme2, sub09.*\n.*line 2"):
        composite(three, listing)
    with pytest.raises(DatasetError, match="expected recordings of casme2, smic, samm, got samm"):
        composite({"samm": three["samm"]})
