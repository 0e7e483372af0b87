"""What is spotted in recordings of real people."""

import pytest

from mimetic.bench.micro.real import clips_in, real_cell, real_table
from mimetic.bench.micro.run import Asked, jobs
from mimetic.errors import StoreError
from tests.bench.micro.cells import table


def test_each_result_folder_is_a_cell(result):
    folder = result.path.parent
    assert result.path in clips_in(folder)
    names = [name for name, _ in jobs(Asked(parts=["real"], results=folder))]
    assert f"real / {result.path.name} / 0" in names
    cell = real_cell(result.path)
    assert cell["rate_hz"] == pytest.approx(25, rel=0.01)
    assert cell["lasting"] + len(cell["told"]) + sum(cell["rejected"].values()) > 0
    assert list(jobs(Asked(parts=["real"]))) == []


def test_a_folder_that_says_nothing_has_no_row(tmp_path):
    assert real_cell(tmp_path / "nobody") == {"fault": "StoreError"}
    with pytest.raises(StoreError, match="found none"):
        clips_in(tmp_path)
    told = {"apex_s": 1.25, "duration_s": 0.2, "region": "mouth_left", "snr": 9.0}
    cell = {
        "minutes": 0.1, "rate_hz": 30.0, "least_snr": 7.0, "told": [told], "lasting": 2,
        "rejected": {"blink": 3},
    }  # fmt: skip
    text = real_table(table(real__anna=[cell], real__nobody=[{"fault": "StoreError"}]))
    assert "| 1: 1.25 s mouth_left | 2 | 3 blink |" in text
    assert "nobody" not in text
