"""What shows a face is there only while somebody wants it."""

import shutil

import pytest

import mimetic
from mimetic.errors import MimeticError
from mimetic.pipeline import AnalyzeConfig
from mimetic.pipeline.micro import spot_result

QUIET = AnalyzeConfig(keep_pixels=False, anonymous=True)


@pytest.fixture
def shown(result, film, tmp_path):
    """A finished result with an overlay that shows the face."""
    copy = shutil.copytree(result.path, tmp_path / "anna")
    mimetic.analyze(film.path, out=copy, config=AnalyzeConfig(overlay=True))
    assert (copy / "overlay.mp4").exists()
    return copy


def faces_left(folder):
    """Everything in a result folder that shows a face, but for the report."""
    pictures = ["clip/pixels", "template/template", "template/weight", "neutral/pixels"]
    found = [path for name in pictures for path in folder.rglob(name)]
    kept = [folder / "overlay.mp4", *folder.glob("model/*"), *folder.glob("scratch/*/*")]
    return found + [path for path in kept if path.exists()]


def test_an_anonymous_run_takes_an_earlier_overlay_away(shown, film):
    mimetic.analyze(film.path, out=shown, config=AnalyzeConfig(anonymous=True))
    assert not (shown / "overlay.mp4").exists()


def test_events_stay_in_a_report_made_anew_and_leave_an_anonymous_one(shown, film):
    spot_result(shown, method="dis")
    part = '<section id="brief"'
    assert part in (shown / "report.html").read_text()
    mimetic.analyze(film.path, out=shown, config=AnalyzeConfig(csv=True))
    assert part in (shown / "report.html").read_text()
    mimetic.analyze(film.path, out=shown, config=AnalyzeConfig(anonymous=True))
    assert part not in (shown / "report.html").read_text()
    assert not (shown / "micro.html").exists()
    spot_result(shown, method="dis")
    for name in ("report.html", "micro.html"):
        page = (shown / name).read_text()
        assert "data:image/jpeg" not in page
    assert part in (shown / "report.html").read_text()


def test_nothing_of_the_face_stays_without_pixels(shown, film):
    assert faces_left(shown)
    mimetic.analyze(film.path, out=shown, config=QUIET)
    assert faces_left(shown) == []


def test_nothing_of_the_face_stays_where_a_run_without_pixels_fails(film, tmp_path, monkeypatch):
    def fail(*words, **named):
        raise MimeticError("no")

    monkeypatch.setattr("mimetic.pipeline.analysis.run_motion", fail)
    with pytest.raises(MimeticError):
        mimetic.analyze(film.path, out=tmp_path / "anna", config=QUIET)
    assert faces_left(tmp_path / "anna") == []
    assert mimetic.open_result(tmp_path / "anna").track.valid.all()
