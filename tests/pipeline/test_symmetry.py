"""A film in a mirror gives mirrored measures; what one side does appears on that side."""

import dataclasses

import numpy as np
import pytest

import mimetic
from mimetic.datasets.virtual import Camera, HeadMotion, Program, Pulse, VirtualFace, Wave
from mimetic.datasets.virtual.controls import SIDED
from mimetic.ops.asymmetry import asymmetry
from mimetic.ops.regions import region_scheme
from mimetic.pipeline import AnalyzeConfig
from tests.pipeline.filming import write_lossless

# The head sways, so that angles have something to mirror.
HEAD = HeadMotion(
    waves=(
        Wave(channel="yaw_deg", size=4.0, rate_hz=0.5, phase=0.0),
        Wave(channel="roll_deg", size=3.0, rate_hz=0.4, phase=0.0),
        Wave(channel="pitch_deg", size=2.0, rate_hz=0.3, phase=0.0),
    )
)
AT_REST = AnalyzeConfig(neutral_s=0.2)
EVERY_S = 0.9
# The regions in which a control of the left side must be seen first of all.
HOME = {
    "inner_brow": "brow",
    "outer_brow": "brow",
    "brow_lower": "brow",
    "lid_close": "lids",
    "cheek": "cheek",
    "lip_corner_up": "mouth",
    "lip_corner_down": "mouth",
    "lip_stretch": "mouth",
}


def pulse(control, onset_s, *, rise_s=0.3):
    return Pulse(
        control=control, onset_s=onset_s, apex_s=onset_s + rise_s, offset_s=onset_s + 2 * rise_s
    )


def mirrored(frames):
    for frame in frames:
        yield dataclasses.replace(frame, pixels=frame.pixels[:, ::-1])


def measure(folder, program, *, mirror=False, noise=1.0):
    camera = Camera(rate_hz=25, size_px=(240, 240), noise_sigma=noise)
    frames = VirtualFace().record(program, camera, seed=1).frames()
    path = write_lossless(folder / "film.mp4", mirrored(frames) if mirror else frames)
    return mimetic.analyze(path, out=folder / "film", config=AT_REST)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A film, and the same film in a mirror."""
    pulses = (
        pulse("lip_corner_up_left", 0.5),
        pulse("inner_brow_right", 1.2),
        pulse("lid_close_left", 1.9, rise_s=0.12),
    )
    program = Program(duration_s=2.6, pulses=pulses, head=HEAD)
    return tuple(
        measure(tmp_path_factory.mktemp("mirror"), program, mirror=mirror)
        for mirror in (False, True)
    )


def other_side(name):
    """The name of the region that a mirror shows in this one's place."""
    stem, _, side = name.rpartition("_")
    return {"left": f"{stem}_right", "right": f"{stem}_left"}.get(side, name)


def feature(result, name, region):
    dynamics = result.regions
    return dynamics.values[:, dynamics.regions.index(region), dynamics.features.index(name)]


def test_head_angles_are_mirrored(pair):
    plain, mirror = (result.track for result in pair)
    for name, sign, least in (("yaw_deg", -1, 3.0), ("roll_deg", -1, 2.0), ("pitch_deg", 1, 1.0)):
        one, other = getattr(plain, name), getattr(mirror, name)
        assert np.ptp(one) > least
        # The network itself is no exact mirror: half a degree is what it differs by.
        assert np.abs(one - sign * other).mean() < 0.6


@pytest.mark.parametrize(
    ("name", "sign", "share"),
    [
        ("displacement_x_ed", -1, 0.09),
        ("displacement_y_ed", 1, 0.09),
        ("displacement_ed", 1, 0.09),
        ("residual_ed", 1, 0.03),
        ("speed_ed_s", 1, 0.12),
    ],
)
def test_movement_of_each_region_is_that_of_its_partner_in_the_mirror(pair, name, sign, share):
    """The rms difference, as a share of the largest movement of the film.

    What is left of head motion differs more than the face does, so that
    ``residual_ed`` is alike to 2 % where the whole displacement is to 7 %.
    """
    plain, mirror = pair
    whole = "speed_ed_s" if name == "speed_ed_s" else "displacement_ed"
    largest = np.nanmax(plain.regions.values[..., plain.regions.features.index(whole)])
    for region in plain.regions.regions:
        one, other = feature(plain, name, region), feature(mirror, name, other_side(region))
        known = np.isfinite(one) & np.isfinite(other)
        assert known.mean() > 0.9
        assert np.sqrt(np.mean((one - sign * other)[known] ** 2)) < share * largest


def test_a_smile_goes_to_the_persons_left_and_in_the_mirror_to_the_right(pair):
    apex = np.abs(pair[0].regions.times_s - 0.8) < 0.05
    plain, mirror = (
        feature(result, "displacement_x_ed", f"mouth_{side}")[apex].mean()
        for result, side in zip(pair, ("left", "right"), strict=True)
    )
    assert plain > 0.01
    assert mirror == pytest.approx(-plain, abs=0.012)


def test_lids_and_one_sided_closures_change_sides_in_the_mirror(pair):
    plain, mirror = (result.table("lids") for result in pair)
    for side, partner in (("left", "right"), ("right", "left")):
        one = plain[f"openness_{side}"].to_numpy()
        other = mirror[f"openness_{partner}"].to_numpy()
        assert np.nanmean(np.abs(one - other)) < 0.06
    sides = [
        [event.side for event in result.events if event.kind == "blink" and not event.rejected]
        for result in pair
    ]
    assert sides == [["left"], ["right"]]


def test_asymmetry_changes_its_sign_in_the_mirror(pair):
    told = [
        {row["left"]: row["index"] for row in result.facts("motion")["asymmetry"]}
        for result in pair
    ]
    assert told[0]["mouth_left"] > 0.6
    assert told[1]["mouth_left"] < -0.6


def test_asymmetry_without_head_motion_is_mirrored_exactly_enough_in_every_pair(pair):
    pairs = region_scheme("13").pairs
    found = [
        asymmetry(result.regions, pairs=pairs, rng=np.random.default_rng(0), feature="residual_ed")
        for result in pair
    ]
    for one, other in zip(*found, strict=True):
        assert other.index == pytest.approx(-one.index, abs=0.1)
    index = {one.left: one.index for one in found[0]}
    assert index["mouth_left"] > 0.6
    assert index["brow_left"] < -0.3


@pytest.fixture(scope="module")
def one_sided(tmp_path_factory):
    """Every control of the left side alone, one after the other, and where each has its apex."""
    pulses = [
        pulse(f"{name}_left", 0.5 + EVERY_S * number, rise_s=0.12 if name == "lid_close" else 0.3)
        for number, name in enumerate(SIDED)
    ]
    program = Program(duration_s=0.5 + EVERY_S * len(SIDED), pulses=tuple(pulses))
    result = measure(tmp_path_factory.mktemp("sided"), program)
    return result, {one.control.removesuffix("_left"): one.apex_s for one in pulses}


@pytest.mark.parametrize("control", SIDED)
def test_what_the_left_side_does_appears_on_the_left_and_not_on_the_right(one_sided, control):
    result, apexes = one_sided
    near = np.abs(result.regions.times_s - apexes[control]) < 0.05
    left, right = (
        np.nanmean(feature(result, "displacement_ed", f"{HOME[control]}_{side}")[near])
        for side in ("left", "right")
    )
    floor = result.regions.noise_floor[
        result.regions.regions.index(f"{HOME[control]}_left"),
        result.regions.features.index("displacement_ed"),
    ]
    assert left > 4 * right
    assert left > 3 * floor


def test_closing_one_eye_is_a_blink_of_that_eye_alone(one_sided):
    result, apexes = one_sided
    found = [event for event in result.events if event.kind == "blink" and not event.rejected]
    assert [event.side for event in found] == ["left"]
    assert found[0].apex_s == pytest.approx(apexes["lid_close"], abs=0.05)
    assert found[0].regions == ("lids_left",)


@pytest.mark.parametrize("control", [name for name in SIDED if name != "lid_close"])
def test_lids_stay_open_while_other_muscles_move(one_sided, control):
    result, apexes = one_sided
    lids = result.table("lids")
    near = np.abs(lids["time_s"].to_numpy() - apexes[control]) < 0.1
    for side in ("left", "right"):
        assert np.nanmin(lids[f"openness_{side}"].to_numpy()[near]) > 0.75
