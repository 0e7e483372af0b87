import math

import pytest

from mimetic.errors import EventsError
from mimetic.io.events import Trial, read_events


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "events.tsv"
    path.write_bytes(text.encode(encoding))
    return path


def test_trials_come_by_onset_with_seconds_and_kinds(tmp_path):
    path = written(
        tmp_path,
        "onset\tduration\ttrial_type\tresponse\n5.25\t2\tface\tx\n0\t0\tcue\t\n\n-1.5\tn/a\tn/a\t1\n",
    )
    before, cue, face = read_events(path)
    assert (before.onset_s, before.trial_type) == (-1.5, "n/a")
    assert math.isnan(before.duration_s)
    assert cue == Trial(onset_s=0.0, duration_s=0.0, trial_type="cue")
    assert face == Trial(onset_s=5.25, duration_s=2.0, trial_type="face")


def test_columns_may_come_in_any_order_with_the_marks_of_windows(tmp_path):
    path = written(tmp_path, "trial_type\tonset\tduration\r\nface\t1\t2\r\n", "utf-8-sig")
    assert read_events(path) == (Trial(onset_s=1.0, duration_s=2.0, trial_type="face"),)


def test_missing_columns_are_named(tmp_path):
    with pytest.raises(EventsError, match="duration, trial_type not found"):
        read_events(written(tmp_path, "onset\tkind\n1\tface\n"))
    with pytest.raises(EventsError, match="onset, duration, trial_type not found"):
        read_events(written(tmp_path, ""))


def test_commas_between_columns_are_pointed_out(tmp_path):
    with pytest.raises(EventsError, match="put tabs, not commas"):
        read_events(written(tmp_path, "onset,duration,trial_type\n1,2,face\n"))


def test_all_faults_are_told_at_once_with_their_lines(tmp_path):
    path = written(
        tmp_path, "onset\tduration\ttrial_type\n1,5\t2\ta\n1\t-2\ta\nn/a\t1\ta\n3\tinf\ta\n\t\ta\n"
    )
    with pytest.raises(EventsError) as caught:
        read_events(path)
    told = str(caught.value).splitlines()
    assert len(told) == 5
    assert "line 2: onset: expected seconds, got '1,5' (write a dot, not a comma)" in told[0]
    assert "line 3: duration: expected 0 or more seconds, got -2" in told[1]
    assert "line 4: onset: expected seconds, got n/a" in told[2]
    assert "line 5: duration: expected seconds, got 'inf'" in told[3]
    assert "line 6: onset: expected seconds, got nothing" in told[4]


def test_many_faults_are_cut_short(tmp_path):
    path = written(tmp_path, "onset\tduration\ttrial_type\n" + "x\t1\ta\n" * 50)
    with pytest.raises(EventsError, match=r"and 40 more"):
        read_events(path)


def test_a_table_without_trials_is_refused(tmp_path):
    with pytest.raises(EventsError, match="at least one trial"):
        read_events(written(tmp_path, "onset\tduration\ttrial_type\n\n"))


def test_a_file_that_is_no_text_or_not_there_is_refused(tmp_path):
    (tmp_path / "video.mp4").write_bytes(bytes(range(256)))
    for path in (tmp_path / "video.mp4", tmp_path / "nothing.tsv", tmp_path):
        with pytest.raises(EventsError, match="expected a text file"):
            read_events(path)
