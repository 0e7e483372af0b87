import errno
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from mimetic.errors import DiskError, StoreError
from mimetic.io import disk
from mimetic.io.events import Trial
from mimetic.ops.confidence import confidence_of
from mimetic.report import Picture, ReportData, write_report
from mimetic.report.page import render
from mimetic.report.summary import summary
from mimetic.types import LocalDynamics, MovementEmbedding
from tests.report import scenes

VOID = {"meta", "img", "br", "link", "col"}


class Balance(HTMLParser):
    """Collects the text, and every tag that is closed out of order."""

    def __init__(self):
        super().__init__()
        self.open, self.faults, self.text, self.tags, self.ids = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data):
        if "style" not in self.open and "script" not in self.open:
            self.text.append(data)


def parsed(page):
    found = Balance()
    found.feed(page)
    found.close()
    return found


def words(page):
    return " ".join(" ".join(parsed(page).text).split())


@pytest.fixture(scope="module")
def page():
    return render(scenes.recording())


@pytest.fixture(scope="module")
def anonymous():
    return render(scenes.recording(), anonymous=True)


def test_the_known_facts_stand_in_words(page):
    text = words(page)
    assert "A face was tracked in 93 % of 900 frames (30.0 s)." in text
    assert "The largest movement was in the lips: 0.2" in text
    assert "times the measurement noise" in text
    assert "4 blinks, 8." in text
    assert "the brow (right 1.8 times as far)" in text
    assert "The left mouth corner moved 1.9 times as far as the right." in text
    assert "The left and the right cheek moved alike, within the uncertainty." in text
    assert "At 30.0 frames a second nothing shorter than 67 ms can be timed." in text
    assert "yaw 0.31, pitch 0.12 and roll 0.05" in text
    assert "mimetic analyze anna.mp4 -o results/anna" in text


def test_every_tag_is_closed_and_every_id_is_its_own(page):
    found = parsed(page)
    assert found.faults == []
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))


def test_nothing_is_fetched_from_anywhere(page):
    assert "http://" not in page
    assert "https://" not in page
    assert not re.search(r"[\"'(]//", page)
    assert "@import" not in page
    for tag, attributes in parsed(page).tags:
        assert tag not in {"link", "iframe", "object", "embed", "base", "form"}
        for name in ("src", "href"):
            assert attributes.get(name, "#").startswith(("#", "data:image/jpeg;base64,"))
    assert "default-src 'none'" in page


def test_every_picture_has_words(page):
    for tag, attributes in parsed(page).tags:
        if tag == "img":
            assert attributes["alt"]
        if attributes.get("role") == "img":
            assert attributes["aria-label"]


def test_gaps_are_hatched_with_their_reason(page):
    gap = re.search(r'<rect class="gap" x="([\d.]+)%"[^>]* width="([\d.]+)%"[^>]*>', page)
    assert float(gap[1]) == pytest.approx(60.0, abs=0.2)  # 18 of 30 s
    assert float(gap[2]) == pytest.approx(100 * 2 / 30, abs=0.2)
    assert 'fill="url(#hatch)"' in gap[0]
    assert "<title>no face found, 18.0 s to 20.0 s</title>" in page


def test_dropped_frames_are_gaps_too():
    times_s = np.r_[np.arange(100), np.arange(110, 200)] / 25
    dropped = np.zeros(190, bool)
    dropped[100] = True
    data = ReportData(
        title="a", command="b", video=scenes.video(times_s, dropped=dropped),
        track=scenes.track(times_s, np.ones(190, bool), scenes.drawn_mesh()),
    )  # fmt: skip
    assert "frames missing in the video, 4.0 s to 4.4 s" in render(data)


def test_repeated_frames_are_no_gaps():
    data = scenes.recording(seconds=10)
    repeated = np.zeros(300, bool)
    repeated[5::6] = True
    values, lids = data.dynamics.values.copy(), data.lids.aperture_ed.copy()
    values[repeated] = np.nan
    lids[repeated] = np.nan
    data = replace(
        data,
        video=scenes.video(data.video.times_s, repeated=repeated),
        dynamics=replace(data.dynamics, values=values, valid=np.isfinite(values).any(-1)),
        lids=replace(data.lids, aperture_ed=lids, relative=lids / 0.11),
    )
    text = render(data)
    assert 'class="gap"' not in text
    assert "50 repeated frames" in text
    assert "25.0 Hz" in text


def test_a_file_name_cannot_become_markup():
    evil = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>\x1b[0m.mp4"
    data = scenes.recording()
    data = replace(
        data,
        title=evil,
        command=f"mimetic analyze '{evil}'",
        limits=(evil,),
        versions={evil: evil},
        video=replace(data.video, path=evil, decoder=evil),
        trials=(replace(data.trials[0], trial_type=evil),),
        responses=tuple(replace(one, trial_type=evil) for one in data.responses),
        components=tuple(replace(one, name=evil) for one in data.components),
        thumbnails=tuple(replace(one, caption=evil) for one in data.thumbnails),
        asymmetry=tuple(replace(one, pair=evil) for one in data.asymmetry),
    )
    found = parsed(render(data))
    assert [tag for tag, _ in found.tags].count("script") == 1
    assert not any("onerror" in attributes for _, attributes in found.tags)
    assert found.faults == []
    assert "\x1b" not in render(data)


def test_anonymous_holds_no_picture_at_all(anonymous):
    assert "data:image" not in anonymous
    assert "<img" not in anonymous
    assert "<image" not in anonymous
    assert anonymous.count('class="thumb bare"') == 3


def test_with_pixels_the_thumbnails_are_pictures(page):
    assert page.count("data:image/jpeg") == 1 + 3 + 2  # neutral, thumbnails, neutral of components
    assert 'class="thumb bare"' not in page


def test_the_noise_floor_is_drawn_under_every_row_and_panel(page):
    floors = {"movement": 13, "lids": 2, "pose": 3, "trials": 16, "space": 2}
    for name, many in floors.items():
        section = page.split(f'<section id="{name}"')[1].split("</section>")[0]
        assert section.count('<rect class="floor"') == many, name
        assert 'class="k floor"' in section


def test_noise_that_is_not_known_is_not_drawn():
    data = scenes.recording(seconds=5)
    bare = replace(
        data, embedding=replace(data.embedding, code_sd=None),
        dynamics=replace(data.dynamics, noise_floor=None),
    )  # fmt: skip
    page = render(bare)
    for name in ("movement", "trials", "space"):
        section = page.split(f'<section id="{name}"')[1].split("</section>")[0]
        assert '<rect class="floor"' not in section
    assert "noise of the code" not in page


def test_the_noise_of_lids_lies_around_the_open_eye(page):
    section = page.split('<section id="lids"')[1].split("</section>")[0]
    y, tall = map(
        float, re.search(r'class="floor".*?y="([\d.]+)".*?height="([\d.]+)"', section).groups()
    )
    high = max(120.0, 100 * np.nanmax(scenes.recording().lids.relative))
    assert y + tall / 2 == pytest.approx(34 - 2 - 30 * 100 / high, abs=0.02)
    sd = 0.003 / 0.11  # as made
    assert tall == pytest.approx(30 * 4 * 100 * sd / high, rel=0.15)


def test_ten_minutes_stay_below_five_megabytes():
    rng = np.random.default_rng(0)
    data = scenes.recording(seconds=600)
    frame = rng.integers(0, 255, (720, 1280, 3)).astype(np.uint8)  # noise: JPEG's worst case
    thumbnails = tuple(replace(data.thumbnails[0], pixels=frame, time_s=at) for at in range(12))
    assert len(render(replace(data, thumbnails=thumbnails)).encode()) < 5e6


def test_the_same_data_gives_the_same_bytes(page):
    assert render(scenes.recording()) == page


def test_a_report_is_written_whole_or_not_at_all(tmp_path):
    path = write_report(scenes.recording(), tmp_path / "report.html")
    assert path.read_text(encoding="utf-8").endswith("</html>\n")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_a_report_without_a_place_is_refused(tmp_path):
    with pytest.raises(StoreError, match="choose another folder"):
        write_report(scenes.recording(), tmp_path / "missing" / "report.html")


def test_a_full_disk_leaves_the_report_before_as_it_is(tmp_path, monkeypatch):
    path = write_report(scenes.recording(seconds=2), tmp_path / "report.html")
    before = path.read_bytes()

    def full(path, content):
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(disk, "write_through", full)
    with pytest.raises(DiskError, match="full"):
        write_report(scenes.recording(seconds=3), path)
    assert path.read_bytes() == before


def test_a_video_without_a_face_says_so_and_nothing_more():
    data = ReportData(title="a", command="b", video=scenes.video(np.arange(100) / 25))
    text = words(render(data))
    assert "No face was found in 100 frames (4.0 s), so nothing was measured." in text
    assert "Movement over time" not in text
    assert "Provenance" in text


def test_an_empty_video_still_has_a_report():
    data = ReportData(title="a", command="b", video=scenes.video(np.zeros(0)))
    assert "No frame of this video could be decoded." in words(render(data))


def test_a_single_picture_holds_no_movement():
    text = words(render(scenes.recording(seconds=1 / 30)))
    assert "A face was found in one picture; movement needs at least two." in text
    assert "Movement over time" not in text


@pytest.mark.parametrize("seconds", [2 / 30, 0.2, 1.0])
def test_very_short_clips_still_have_a_report(seconds):
    assert "A face was tracked in 100 %" in words(render(scenes.recording(seconds=seconds)))


@pytest.mark.parametrize(
    "name",
    [
        "track", "mesh_px", "neutral_pixels", "thumbnails", "dynamics", "region_masks",
        "asymmetry", "lids", "blinks", "embedding", "components", "responses", "provenance",
    ],
)  # fmt: skip
def test_any_piece_may_be_missing(name):
    data = scenes.recording()
    also = ("region_masks", "responses") if name == "dynamics" else ()
    found = parsed(render(scenes.without(data, name, *also)))
    assert found.faults == []


def test_series_of_nothing_but_nan_are_said_not_drawn():
    data = scenes.recording(seconds=5)
    shape = data.dynamics.values.shape
    empty = LocalDynamics(
        values=np.full(shape, np.nan, np.float32), times_s=data.dynamics.times_s,
        regions=scenes.REGIONS, features=data.dynamics.features,
        valid=np.zeros(shape[:2], bool), noise_floor=np.full(shape[1:], np.nan, np.float32),
    )  # fmt: skip
    codes = MovementEmbedding(
        codes=np.full((150, 2), np.nan, np.float32), times_s=data.video.times_s,
        valid=np.zeros(150, bool), space="made-up",
    )  # fmt: skip
    lids = replace(
        data.lids, aperture_ed=np.full((150, 2), np.nan), relative=np.full((150, 2), np.nan)
    )
    page = render(replace(data, dynamics=empty, embedding=codes, lids=lids))
    assert "No region could be measured." in words(page)
    assert "this region was not measured" in page
    assert 'class="quiet"' not in page
    assert "NaN" not in page


def test_no_path_holds_a_number_that_is_not_finite(page):
    assert not [
        path for path in re.findall(r' d="([^"]*)"', page) if "nan" in path or "inf" in path
    ]


def test_poor_recordings_are_not_green():
    data = scenes.recording(picture=Picture(light=0.1, clipped=0.2, blur_px=6.0))
    tiles = re.findall(r'<li class="tile (\w+)">.*?<h3>(.*?)</h3>', render(data))
    grades = {name: grade for grade, name in tiles}
    assert grades["Light"] == grades["Blur"] == "poor"
    assert grades["Face tracked"] == "fair"
    assert grades["True rate"] == "good"


def test_a_cut_off_file_is_named():
    data = scenes.recording()
    video = replace(data.video, truncated=True, declared_frames=1000, damaged_packets=3)
    text = words(render(replace(data, video=video)))
    assert "The file is cut off" in text
    assert "declares 1,000, 900 came" in text
    assert "3 damaged packets" in text


def test_other_people_are_mentioned():
    assert "2 other faces seen too; this page is about one." in words(
        render(scenes.recording(other_people=2))
    )


def test_short_recordings_warn_about_the_movement_space(page):
    assert "Below 60 s these directions change" in words(page)
    assert "Below 60 s these directions change" not in words(render(scenes.recording(seconds=90)))


def test_a_peak_seen_from_the_side_is_called_less_certain():
    data = scenes.recording()
    turned = replace(data.track, yaw_deg=data.track.yaw_deg * 0 + 25)
    assert "with the head turned 25°, so less certain" in words(render(replace(data, track=turned)))
    assert "less certain" not in words(render(data)).split("How good")[0]


def test_repeats_alone_are_no_fault():
    data = scenes.recording(seconds=10)
    repeated = np.zeros(300, bool)
    repeated[5::6] = True
    data = replace(data, video=scenes.video(data.video.times_s, repeated=repeated))
    tile = re.search(
        r'<li class="tile (\w+)">(?:(?!</li>).)*?<h3>Frames</h3><strong>(.*?)<', render(data)
    )
    assert tile.groups() == ("good", "50 repeated")


def test_a_track_of_the_eye_corners_alone_still_tells_the_size():
    data = scenes.recording(seconds=5)
    corners = replace(data.track, landmarks_px=data.track.landmarks_px[:, [33, 263]])
    assert "84.0 px" in words(render(replace(data, track=corners)))


def test_a_known_eye_distance_goes_before_that_of_the_track():
    page = render(replace(scenes.recording(seconds=5), eyes_px=123.0))
    assert "123 px" in words(page)
    assert "84.0 px" not in words(page)


def with_logit(logit):
    data = scenes.recording(seconds=5)
    confidence = np.full(data.track.times_s.size, confidence_of(logit), np.float32)
    return replace(data, track=replace(data.track, confidence=confidence))


@pytest.mark.parametrize(("logit", "level"), [(30, "good"), (20, "fair"), (12, "poor")])
def test_a_statue_is_not_green(logit, level):
    page = render(with_logit(logit))
    tiles = re.findall(r'<li class="tile (\w+)">.*?<h3>(.*?)</h3>', page)
    assert (level, "Confidence") in tiles


def test_doubt_stands_in_the_first_paragraph():
    first = "".join(summary(with_logit(20)))
    assert "The confidence that this is a face is moderate: " in first
    assert "statues and animals also score like this" in first
    assert "confidence" not in "".join(summary(with_logit(30)))


def test_trials_outside_the_recording_are_counted_not_drawn_at_its_edge():
    times = ((-5.0, 1.0), (4.0, 1.5), (31.0, np.nan), (400.0, 2.0))
    trials = tuple(Trial(onset_s=at, duration_s=long, trial_type="go") for at, long in times)
    page = render(scenes.recording(trials=trials))
    assert "3 of 4 trials lie outside the recording" in words(page)
    rows = page.count('class="plot"')
    assert page.count('class="trial"') == rows
    assert words(page).count("outside the recording") == 1


def test_trials_inside_are_not_called_outside(page):
    assert "outside the recording" not in words(page)
    one = (Trial(onset_s=-3.0, duration_s=1.0, trial_type="go"),)
    text = words(render(scenes.recording(seconds=5, trials=one)))
    assert "1 of 1 trial lies outside the recording" in text


def test_eyes_that_were_never_measured_did_not_fail_to_blink():
    data = scenes.recording(seconds=5)
    lids = replace(data.lids, relative=np.full((150, 2), np.nan))
    text = words(render(replace(data, lids=lids, blinks=())))
    assert "The eyes were not measured." in text
    assert "No blinks were found." not in text
    assert "No blinks were found." in words(render(replace(data, blinks=())))


def test_components_that_are_shown_are_the_first_of_the_space():
    data = scenes.recording(seconds=5)
    codes = np.repeat(data.embedding.codes, 32, axis=1)
    many = replace(data, embedding=replace(data.embedding, codes=codes, code_sd=None))
    assert "The first 2 of 64 directions hold 63 % of" in words(render(many))
    one = replace(many, components=many.components[:1])
    assert "The first of 64 directions holds 41 % of" in words(render(one))
    assert "2 directions hold 63 % of" in words(render(data))
    alone = replace(data.embedding, codes=data.embedding.codes[:, :1], code_sd=None)
    assert "One direction holds 41 %" in words(render(replace(one, embedding=alone)))
