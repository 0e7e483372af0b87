import json
import shutil

from mimetic.bench import clips


def test_every_clip_of_a_folder_gets_a_row_faces_or_not(film, tmp_path):
    folder = tmp_path / "clips"
    folder.mkdir()
    shutil.copy(film.path, folder)
    (folder / "broken.mp4").write_bytes(b"nothing")
    out = tmp_path / "clips.json"
    cells = clips.bench_clips(folder, out, results=tmp_path / "results")["cells"]
    assert cells["anna"]["outcome"] == "report"
    assert cells["anna"]["frames"] == film.truth.times_s.size
    assert cells["anna"]["peak_mib"] > 50
    assert "expected a video" in cells["broken"]["outcome"]
    assert str(tmp_path) not in json.dumps(cells)
    assert "| anna | h264 | 240x240 |" in clips.render(json.loads(out.read_text()))
