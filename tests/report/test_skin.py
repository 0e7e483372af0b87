import dataclasses

import numpy as np
import pytest

from mimetic.errors import ArgumentError, ShapeError
from mimetic.report import FlowView
from mimetic.report.page import render
from mimetic.report.panel import FlowPanel, PanelScale
from mimetic.types import FlowField
from tests.flow.clips import clip_of
from tests.report import scenes
from tests.report.test_page import parsed, words

ROWS, COLUMNS = np.indices((128, 128), np.float64)


def grown(share=0.05):
    """Skin that grows from the middle of the crop, unknown in one corner."""
    flow = share * np.stack([COLUMNS - 64, ROWS - 64])
    flow[:, :20, :20] = np.nan
    return flow.astype(np.float32)


def view():
    return FlowView(time_s=12.4, words="lips", flow_px=grown(), ed_px=56.0, method="dis-vr")


@pytest.fixture(scope="module")
def page():
    return render(dataclasses.replace(scenes.recording(), flow=view()))


def test_the_report_shows_where_the_skin_went_and_by_what_method(page):
    text, length = words(page), np.hypot(*grown())
    usual = np.nanpercentile(length, 99) / 56
    assert "The largest movement was that of the lips at 12.4 s." in text
    assert f"moved by up to {usual:.2g} ed" in text
    assert "area: −10" in text
    assert "Method: dis-vr." in text
    section = page[page.index('id="skin"') : page.index('id="sides"')]
    assert section.count("data:image") == 5
    assert 'class="arrow"' in section
    found = parsed(page)
    assert not found.faults
    assert len(found.ids) == len(set(found.ids))


def test_an_anonymous_report_shows_the_arrows_on_the_mesh_and_no_pixels():
    page = render(dataclasses.replace(scenes.recording(), flow=view()), anonymous=True)
    assert 'id="skin"' in page
    assert "data:image" not in page
    assert 'class="arrow"' in page[page.index('id="skin"') :]


def test_without_flow_there_is_no_such_section():
    assert 'id="skin"' not in render(scenes.recording())


def test_flow_of_another_shape_is_refused():
    with pytest.raises(ShapeError, match="flow_px"):
        dataclasses.replace(view(), flow_px=np.zeros((3, 8, 8)))


def moments():
    """Two frames, the second without the face, and their flow."""
    rng = np.random.default_rng(0)
    pictures = [rng.integers(60, 90, (128, 128, 3)).astype(np.uint8) for _ in range(2)]
    clip = clip_of(pictures, [0.0, 0.04], valid=[1, 0])
    flow = np.stack([grown(), np.full((2, 128, 128), np.nan)]).astype(np.float32)
    field = FlowField(
        flow_px=flow, valid=np.isfinite(flow).all(1), start_s=np.full(2, np.nan),
        end_s=clip.times_s, method="dis-vr",
    )  # fmt: skip
    return clip, field


def test_a_panel_shows_arrows_colours_and_stretch_side_by_side():
    clip, field = moments()
    panel = FlowPanel(PanelScale(ed_px=56.0, range_px=4.0, range_area=0.1), 128)
    drawn = panel.draw(clip, 0, field)
    assert drawn.shape == (panel.height_px, panel.width_px, 3)
    face, colours, area = (drawn[:384, n * 384 : (n + 1) * 384] for n in range(3))
    assert (face == (255, 176, 0)).all(-1).sum() > 100
    red = colours[192, 300].astype(int)  # 0.05 * 36 of 4 px to the right
    np.testing.assert_allclose(red, (255, 255 * 0.55, 255 * 0.55), atol=3)
    np.testing.assert_allclose(area[192, 192], (27, 120, 55), atol=2)
    assert tuple(area[10, 10]) == (24, 26, 30)


def test_a_panel_without_a_face_is_dark_and_an_anonymous_one_shows_none():
    clip, field = moments()
    scale = PanelScale(ed_px=56.0)
    empty = FlowPanel(scale, 128).draw(clip, 1, field)
    assert (empty[:384, :384] == (24, 26, 30)).all()
    hidden = [FlowPanel(scale, 128, anonymous=True).draw(one, 0, field) for one in _two(clip)]
    np.testing.assert_array_equal(*hidden)


def _two(clip):
    return clip, dataclasses.replace(clip, pixels=255 - clip.pixels)


def test_a_crop_too_small_for_the_wheel_is_refused():
    with pytest.raises(ArgumentError, match="crop_px"):
        FlowPanel(PanelScale(ed_px=5.0), 16)
