import shutil

import cv2
import pytest

from mimetic.datasets.base import number_or_word
from mimetic.datasets.bp4d import read_bp4d
from mimetic.datasets.ck import read_ck
from mimetic.datasets.crema import read_crema
from mimetic.datasets.nemo import FILES, KINSHIP, read_nemo
from mimetic.datasets.ravdess import read_ravdess
from mimetic.datasets.table import read_list
from mimetic.datasets.virtual import Camera, Program, VirtualFace, write_video
from mimetic.errors import DatasetError
from mimetic.learn.folds import named_folds, read_folds
from mimetic.learn.groups import group_numbers

HEADER = "UvA-NEMO Smile Database\n\nfile details\n\nfilename\tsubject\tgender\tage\ttype\n"


@pytest.fixture(scope="module")
def filmed(tmp_path_factory):
    """A virtual face that opens its mouth: a video and its frames."""
    folder = tmp_path_factory.mktemp("filmed")
    program = Program.single("jaw_open", onset_s=0.1, rise_s=0.1)
    recording = VirtualFace().record(program, Camera(rate_hz=8, size_px=(96, 96)))
    write_video(recording, folder / "face.mp4")
    return folder / "face.mp4", [recording.frame(index).pixels for index in (0, 1)]


def place(video, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(video, path)


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def nemo_tree(root, video, kinship="Kinship\n001 003\tsiblings\n003 004\tmother-son\n"):
    rows = [("001", "deliberate", "Female", "12"), ("002", "spontaneous", "male", "40")]
    rows += [("003", "spontaneous", "male", "15"), ("004", "deliberate", "female", "45")]
    names = [f"{code}_{smile}_smile_1.mp4" for code, smile, _, _ in rows]
    lines = [
        f"{name}\t{code}\t{sex}\t{age}\t{smile}\n"
        for name, (code, smile, sex, age) in zip(names, rows, strict=True)
    ]
    write(root / FILES, HEADER + "".join(lines))
    write(root / KINSHIP, kinship)
    for name in names:
        place(video, root / "videos" / name)


def test_nemo_yields_smiles_with_age_sex_and_families_over_two_steps(tmp_path, filmed):
    nemo_tree(tmp_path, filmed[0])
    one, two, three, four = read_nemo(tmp_path)
    assert (one.id, one.subject) == ("001_deliberate_smile_1", "001")
    assert one.labels == {"sex": "female", "age": 12.0, "smile": "deliberate"}
    assert two.family is None
    assert one.family == three.family == four.family is not None
    assert "signed agreement" in one.licence
    assert one.source.read_bytes() == filmed[0].read_bytes()


def test_published_folds_of_nemo_split_its_recordings_and_families_in_two_are_seen(
    tmp_path, filmed
):
    nemo_tree(tmp_path, filmed[0], "001 003\tsiblings\n")
    found = read_nemo(tmp_path)
    names, subjects = [one.id for one in found], [one.subject for one in found]
    write(tmp_path / "folds.txt", "001 1\n003 1\n002 2\n004 2\n")
    groups = group_numbers(subjects, [one.family for one in found])
    splits = named_folds(names, subjects, groups, folds=read_folds(tmp_path / "folds.txt"))
    assert [split.test.tolist() for split in splits] == [[0, 2], [1, 3]]


def test_nemo_names_lines_that_do_not_parse_and_videos_that_are_not_there(tmp_path, filmed):
    nemo_tree(tmp_path, filmed[0], "001\tsiblings\n")
    with (tmp_path / FILES).open("a") as file:
        file.write("005_deliberate_smile_1.mp4\t005\tmale\told\tdeliberate\n")
        file.write("\t\tmale\t3\tdeliberate\n")
        file.write("006_deliberate_smile_1.mp4\t006\tmale\t30\tdeliberate\n")
    with pytest.raises(DatasetError) as caught:
        read_nemo(tmp_path)
    told = str(caught.value)
    assert f"{FILES}: line 5: does not parse" in told
    assert f"{FILES}: line 6: does not parse" in told
    assert f"{KINSHIP}: line 1: does not parse" in told
    assert "videos/006_deliberate_smile_1.mp4: listed" in told


@pytest.mark.parametrize("read", [read_nemo, read_crema, read_ravdess, read_ck, read_bp4d])
def test_a_folder_that_is_no_data_set_says_what_is_missing_whom_to_ask_and_the_licence(
    read, tmp_path
):
    with pytest.raises(DatasetError, match=r"not found\. .* Licence: "):
        read(tmp_path)


CREMA = "ActorID,Age,Sex,Race,Ethnicity\n1001,51,Male,Caucasian,Not Hispanic\n1002,x,Female,,\n"


def test_crema_yields_emotion_level_and_what_the_table_says_of_the_actor(tmp_path, filmed):
    write(tmp_path / "VideoDemographics.csv", CREMA)
    place(filmed[0], tmp_path / "VideoFlash/1001_DFA_ANG_XX.flv")
    place(filmed[0], tmp_path / "VideoFlash/1001_IEO_HAP_HI.flv")
    first, second = read_crema(tmp_path)
    assert first.labels == {
        "emotion": "anger", "level": None, "sentence": "DFA", "sex": "male", "age": 51.0,
    }  # fmt: skip
    assert (second.labels["level"], second.subject) == ("high", "1001")
    assert "Open Database License" in first.licence


def test_crema_names_files_that_it_cannot_place(tmp_path, filmed):
    write(tmp_path / "VideoDemographics.csv", CREMA)
    for name in ("1001_DFA_JOY_XX", "1009_DFA_ANG_XX", "1002_DFA_ANG_XX"):
        place(filmed[0], tmp_path / f"VideoFlash/{name}.flv")
    write(tmp_path / "VideoFlash/1001_DFA_SAD_XX.flv", "version https://git-lfs.github.com/spec\n")
    with pytest.raises(DatasetError) as caught:
        read_crema(tmp_path)
    told = str(caught.value)
    assert "1001_DFA_JOY_XX.flv: expected a name such as" in told
    assert "1009_DFA_ANG_XX.flv: actor 1009 is not in" in told
    assert "actor 1002: Age: expected years, got 'x'" in told
    assert "run git lfs pull" in told
    write(tmp_path / "VideoDemographics.csv", "ActorID,Age\n")
    with pytest.raises(DatasetError, match="Sex, Race, Ethnicity not found"):
        read_crema(tmp_path)


def test_ravdess_yields_what_the_numbers_of_a_name_mean(tmp_path, filmed):
    place(filmed[0], tmp_path / "Actor_12/02-01-06-01-02-01-12.mp4")
    place(filmed[0], tmp_path / "Actor_12/03-01-06-01-02-01-12.mp4")
    (only,) = read_ravdess(tmp_path)
    assert only.labels == {
        "emotion": "fearful", "strength": "normal", "voice": "speech", "statement": "2",
        "sound": "no", "sex": "female",
    }  # fmt: skip
    for name in ("02-01-09-01-02-01-12", "smile", "02-01-06-01-02-01-11"):
        place(filmed[0], tmp_path / f"Actor_12/{name}.mp4")
    with pytest.raises(DatasetError) as caught:
        read_ravdess(tmp_path)
    assert str(caught.value).count("expected a name such as") == 3


def test_ck_yields_sequences_with_the_emotions_and_units_that_are_known(tmp_path, filmed):
    for name in ("S005/001", "S010/002"):
        for number, pixels in enumerate(filmed[1], 1):
            path = tmp_path / f"cohn-kanade-images/{name}" / f"{number:08d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), pixels)
    (tmp_path / "cohn-kanade-images/S011/001").mkdir(parents=True)
    write(tmp_path / "Emotion/S005/001/S005_001_00000002_emotion.txt", "   3.0000000e+00\n")
    write(tmp_path / "FACS/S005/001/S005_001_00000002_facs.txt", " 9.0e+00 0\n 1.7e+01 4\n")
    first, second = read_ck(tmp_path)
    assert (first.id, first.subject) == ("S005_001", "S005")
    assert first.labels == {"emotion": "disgust", "action_units": "9+17"}
    assert second.labels == {"emotion": None, "action_units": None}
    assert len(list(second.source.glob("*.png"))) == 2
    write(tmp_path / "Emotion/S010/002/S010_002_00000002_emotion.txt", "9\n")
    write(tmp_path / "FACS/S005/001/S005_001_00000002_facs.txt", "nine\n")
    with pytest.raises(DatasetError) as caught:
        read_ck(tmp_path)
    assert "expected 0 to 7, got 9" in str(caught.value)
    assert "line 1: does not parse: 'nine'" in str(caught.value)


def test_bp4d_yields_tasks_with_shares_of_coded_frames(tmp_path, filmed):
    for name in ("F001/T1", "M002/T8"):
        path = tmp_path / "img" / name / "0001.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), filmed[1][0])
    write(
        tmp_path / "AUCoding/AU_OCC/F001_T1.csv", "0,1,2,12\n7,0,9,1\n8,1,9,1\n9,0,9,1\n10,0,9,0\n"
    )
    first, second = read_bp4d(tmp_path)
    assert first.labels == {
        "task": "T1", "sex": "female", "au_1": 0.25, "au_2": None, "au_12": 0.75,
    }  # fmt: skip
    assert second.labels == {"task": "T8", "sex": "male"}
    write(tmp_path / "AUCoding/AU_OCC/M002_T8.csv", "1,2\n0,0,0\n")
    (tmp_path / "img/F003/neutral").mkdir(parents=True)
    with pytest.raises(DatasetError) as caught:
        read_bp4d(tmp_path)
    assert "M002_T8.csv: expected a header 0,1,2,4" in str(caught.value)
    assert "img/F003/neutral: expected folders such as" in str(caught.value)


def test_a_list_yields_its_rows_in_their_order_with_numbers_and_words(tmp_path, filmed):
    place(filmed[0], tmp_path / "clips/b.mp4")
    place(filmed[0], tmp_path / "clips/a.mp4")
    text = "path,subject,family,age,group,code\nclips/b.mp4,p1,f1,31.5,patient,7\n"
    write(tmp_path / "people.csv", text + "clips/a.mp4,p2,,n/a,,x\n")
    first, second = read_list(tmp_path / "people.csv")
    assert (first.id, first.subject, first.family) == ("clips/b.mp4", "p1", "f1")
    assert first.labels == {"age": 31.5, "group": "patient", "code": "7"}
    assert second.labels == {"age": None, "group": None, "code": "x"}
    assert second.family is None
    assert second.source.exists()


def test_a_list_names_rows_and_columns_of_all_its_faults(tmp_path, filmed):
    place(filmed[0], tmp_path / "a.mp4")
    text = "path,subject,family\na.mp4,p1,f1\nb.mp4,,f1\na.mp4,p1,f2\n"
    write(tmp_path / "people.csv", text)
    with pytest.raises(DatasetError) as caught:
        read_list(tmp_path / "people.csv")
    told = str(caught.value)
    for fault in (
        "row 3: path: b.mp4 is not there",
        "row 3: subject: missing",
        "row 4: path: a.mp4 is in row 2 too",
        "row 4: family: p1 is in f2 here and in f1 in row 2",
    ):
        assert fault in told
    write(tmp_path / "people.csv", "video,age\n")
    with pytest.raises(DatasetError, match="path, subject not found"):
        read_list(tmp_path / "people.csv")
    write(tmp_path / "people.csv", "path,subject\n")
    with pytest.raises(DatasetError, match="expected at least one recording"):
        read_list(tmp_path / "people.csv")


def test_many_faults_are_told_by_their_first_ten(tmp_path):
    rows = "".join(f"{number}.mp4,p\n" for number in range(15))
    write(tmp_path / "people.csv", "path,subject\n" + rows)
    with pytest.raises(DatasetError, match=r"and 5 more$"):
        read_list(tmp_path / "people.csv")


def test_a_text_file_that_is_none_is_refused(tmp_path):
    (tmp_path / "people.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match="expected a text file"):
        read_list(tmp_path / "people.csv")


def test_cells_are_numbers_words_or_missing():
    cells = ["", " n/a", "NaN", "3", "-1e2", "female "]
    assert [number_or_word(cell) for cell in cells] == [None, None, None, 3.0, -100.0, "female"]
