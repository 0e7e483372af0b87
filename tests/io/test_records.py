import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from mimetic.errors import ArgumentError, ShapeError, StoreError
from mimetic.io.records import (
    decode_flow,
    encode_flow,
    from_plain,
    kept_of,
    pack,
    stored_form,
    to_plain,
    unpack,
)
from mimetic.types import (
    ExpressionEvent,
    LocalDynamics,
    MovementEmbedding,
    Provenance,
)
from tests.io import folders

same = np.testing.assert_array_equal


def again(record):
    """A record through arrays and JSON text, as a disk would hold it."""
    taken = pack(record)
    plain = json.loads(json.dumps(taken.plain, allow_nan=False))
    return unpack(taken.kind, {n: a.copy() for n, a in taken.arrays.items()}, plain)


def assert_same(first, second):
    assert type(first) is type(second)
    for item in dataclasses.fields(first):
        a, b = getattr(first, item.name), getattr(second, item.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            assert a.shape == b.shape
            assert a.tobytes() == b.tobytes()
        elif isinstance(a, float):
            assert repr(a) == repr(b)
        else:
            assert a == b
            assert type(a) is type(b)


@pytest.mark.parametrize(
    "record",
    [
        folders.video(0),
        folders.video(7),
        folders.track(5),
        folders.clip(5),
        folders.flow(4),
        folders.regions(6),
        folders.codes(3),
        folders.PROVENANCE,
        *folders.EVENTS,
    ],
    ids=lambda record: type(record).__name__,
)
def test_a_record_comes_back_with_the_same_bits(record):
    assert_same(record, again(record))


def test_a_clip_with_a_neutral_face_comes_back_with_it():
    clip = dataclasses.replace(
        folders.clip(2),
        neutral_pixels=np.full((8, 8, 3), 9, np.uint8),
        neutral_shape_ed=folders.noise((5, 3)),
    )
    assert_same(clip, again(clip))


def test_events_come_back_in_order_with_none_kept():
    assert again(folders.EVENTS) == tuple(folders.EVENTS)
    assert again(()) == ()


floats = some.floats(width=32)
texts = some.text(max_size=8)
finite = some.floats(allow_nan=False, allow_infinity=False)


@given(
    codes=arrays(
        np.float32, some.tuples(some.integers(1, 4), some.integers(1, 3)), elements=floats
    ),
    space=texts,
    with_sd=some.booleans(),
)
def test_any_codes_come_back(codes, space, with_sd):
    frames = len(codes)
    valid = ~np.isnan(codes).all(axis=1)
    codes = np.where(valid[:, None], codes, np.nan).astype(np.float32)
    record = MovementEmbedding(
        codes=codes,
        code_sd=codes[:, ::-1] if with_sd else None,
        times_s=np.arange(frames) * 0.1,
        valid=valid,
        space=space,
    )
    assert_same(record, again(record))


@given(
    values=arrays(
        np.float32,
        some.tuples(some.integers(1, 3), some.integers(1, 3), some.integers(1, 3)),
        elements=some.floats(width=32, allow_nan=False),
    ),
    subject=some.none() | texts,
)
def test_any_dynamics_come_back(values, subject):
    frames, regions, features = values.shape
    record = LocalDynamics(
        values=values,
        times_s=np.arange(frames) * 0.1,
        regions=tuple(f"r{i}" for i in range(regions)),
        features=tuple(f"f{i}" for i in range(features)),
        valid=np.ones((frames, regions), bool),
        subject=subject,
    )
    assert_same(record, again(record))


@given(
    times=some.lists(finite, min_size=3, max_size=3).map(sorted),
    label=some.none() | texts,
    scores=some.dictionaries(texts, some.floats(), max_size=3),
    regions=some.lists(texts, max_size=3).map(tuple),
    snr=some.none() | some.floats(),
    side=some.sampled_from(["left", "right", "both"]),
)
def test_any_event_comes_back(times, label, scores, regions, snr, side):
    event = ExpressionEvent(
        onset_s=times[0],
        apex_s=times[1],
        offset_s=times[2],
        kind="macro",
        label=label,
        scores=scores,
        regions=regions,
        snr=snr,
        side=side,
    )
    back = again(event)
    assert repr(back) == repr(event)


@given(
    frames=some.integers(0, 5),
    path=texts,
    declared=some.none() | some.integers(0, 10**9),
    hz=some.floats(),
    truncated=some.booleans(),
)
def test_any_video_comes_back(frames, path, declared, hz, truncated):
    record = dataclasses.replace(
        folders.video(frames),
        path=path,
        declared_frames=declared,
        nominal_hz=hz,
        truncated=truncated,
    )
    assert_same(record, again(record))


@settings(max_examples=30)
@given(valid=arrays(bool, some.integers(1, 5)), person=some.integers(0, 9))
def test_any_track_comes_back(valid, person):
    missing = tuple(np.flatnonzero(~valid))
    record = folders.track(valid.size, person=person, missing=missing, points=3)
    assert_same(record, again(record))


@given(
    some.builds(
        Provenance,
        **{f.name: texts for f in dataclasses.fields(Provenance) if f.name != "seed"},
        seed=some.integers(),
    )
)
def test_any_provenance_comes_back(record):
    assert_same(record, again(record))


plain_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | texts,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(plain_values)
def test_any_plain_value_comes_back_through_json(value):
    text = json.dumps(to_plain(value), allow_nan=False)
    assert repr(from_plain(json.loads(text))) == repr(value)


def test_numpy_numbers_become_plain_numbers():
    facts = {"n": np.int64(3), "x": np.float32(0.5), "ok": np.bool_(True)}
    assert to_plain(facts) == {"n": 3, "x": 0.5, "ok": True}
    assert type(to_plain(np.int64(3))) is int


@given(
    arrays(np.float32, (3, 2), elements=some.floats(-127.5, 127.5, width=32) | some.just(np.nan))
)
def test_stored_flow_is_off_by_at_most_a_512th_of_a_pixel(flow_px):
    back = decode_flow(encode_flow(flow_px))
    same(np.isnan(back), np.isnan(flow_px))
    assert back.dtype == np.float32
    assert np.nanmax(np.abs(back - flow_px), initial=0) <= 1 / 512


def test_flow_on_the_stored_grid_is_exact_to_its_ends():
    flow_px = (np.arange(-32767, 32768) / 256).astype(np.float32)
    same(decode_flow(encode_flow(flow_px)), flow_px)


@pytest.mark.parametrize("value", [128, -128, np.inf])
def test_a_displacement_that_does_not_fit_is_refused(value):
    with pytest.raises(ArgumentError, match=r"within 127\.99 px"):
        encode_flow(np.array([0, np.nan, value], np.float32))


def test_dense_flow_is_stored_as_whole_steps():
    assert stored_form(folders.flow(2)).rows["flow_px"].dtype == np.int16


def test_a_field_can_be_left_out():
    taken = stored_form(folders.clip(2), ["pixels", "depth_px"])
    assert "pixels" not in taken.arrays
    assert "depth_px" not in taken.arrays


@pytest.mark.parametrize("value", [3, "x", {}, [1], np.zeros(3), [folders.EVENTS[0], 1]])
def test_what_is_no_record_is_refused(value):
    with pytest.raises(ArgumentError, match="expected one of VideoInfo"):
        pack(value)


def test_facts_with_other_keys_or_values_are_refused():
    for value in ({1: 2}, {"a": {3}}, object(), {"a": b"x"}):
        with pytest.raises(ArgumentError, match="expected text, numbers"):
            to_plain(value)


def test_a_kind_of_another_version_is_refused():
    with pytest.raises(StoreError, match="another version"):
        unpack("Hologram", {}, {})


def test_stored_fields_that_do_not_make_the_record_are_told():
    with pytest.raises(StoreError, match="stored MovementEmbedding"):
        unpack("MovementEmbedding", {}, {"space": "a"})
    taken = pack(folders.codes(3))
    with pytest.raises(StoreError, match="times_s"):
        unpack(taken.kind, {**taken.arrays, "times_s": np.zeros(3)}, taken.plain)


def test_stretches_of_two_people_are_refused():
    kept = kept_of(pack(folders.clip(2)), [], None)
    other = pack(dataclasses.replace(folders.clip(2), person=4))
    with pytest.raises(ShapeError, match="one FaceClip, got another in person"):
        kept_of(other, [], kept)
    with pytest.raises(ShapeError, match="got another in FlowField"):
        kept_of(pack(folders.flow(2)), [], kept)


def test_every_row_field_belongs_to_its_record():
    for record in (folders.video(3), folders.track(3), folders.clip(3), folders.regions(3)):
        frames = record.times_s.size
        assert all(len(array) == frames for array in pack(record).rows.values())
