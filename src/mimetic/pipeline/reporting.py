"""The stage "report": from a result folder to the page that a person reads."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from mimetic.config import to_toml
from mimetic.io.disk import replace_file
from mimetic.io.layout import (
    CLIP,
    CODES,
    CROP,
    EVENTS,
    FACE,
    MICRO,
    MOTION,
    NEUTRAL,
    PEOPLE,
    PERSON,
    PERSONS,
    REGIONS,
    REPORT,
    REPORT_FILE,
    TRACK,
    VIDEO,
)
from mimetic.io.provenance import tool_versions
from mimetic.io.store import CHUNK, ResultFolder, Stage
from mimetic.io.stored import Stored
from mimetic.ops.asymmetry import Asymmetry
from mimetic.ops.landmarks import OUTER_EYES
from mimetic.ops.lids import relative_lids
from mimetic.ops.regions import region_masks, region_scheme
from mimetic.person.linear import PersonModel
from mimetic.pipeline.crops import LOOKS
from mimetic.pipeline.micropage import is_spotted, show_in_report
from mimetic.pipeline.motion import LID_APERTURE
from mimetic.pipeline.origins import config_hash_of, provenance_of
from mimetic.pipeline.repeat import SETTINGS_FILE, how_to_repeat
from mimetic.pipeline.settings import AnalyzeConfig
from mimetic.pipeline.skin import flow_view
from mimetic.pipeline.space import MODEL
from mimetic.pipeline.stretches import Material
from mimetic.pipeline.tables import read_trials, trial_responses
from mimetic.report import (
    AsymmetryRow,
    ComponentView,
    Picture,
    ReportData,
    Thumbnail,
    notable_moments,
    write_report,
)
from mimetic.report.facts import main_feature
from mimetic.track.models import LICENCE, PACKAGE
from mimetic.types import (
    ExpressionEvent,
    FaceTrack,
    Float32,
    Floats,
    LocalDynamics,
    VideoInfo,
)

SHOWN_COMPONENTS = 6


def run_report(
    folder: ResultFolder,
    config: AnalyzeConfig,
    *,
    material: Material,
    inputs: tuple[str, ...],
) -> Stage:
    """Write ``report.html`` and ``settings.toml`` from what the stages left."""
    trials = read_trials(config)
    stage = folder.stage(REPORT, config_hash=config_hash_of(config, *trials), inputs=inputs)
    if stage.done:
        return stage
    data = _Gathering(folder, config, material).data()
    replace_file(folder.path / SETTINGS_FILE, to_toml(config).encode())
    write_report(data, folder.path / REPORT_FILE, anonymous=config.anonymous)
    if is_spotted(folder):
        show_in_report(folder.path, folder.stored().record(MICRO, EVENTS))
    stage.add_files(REPORT_FILE, SETTINGS_FILE)
    stage.finish()
    return stage


class _Gathering:
    """The pieces of a result folder as the plain records that the report takes."""

    def __init__(self, folder: ResultFolder, config: AnalyzeConfig, material: Material) -> None:
        self._folder, self._config, self._material = folder, config, material
        self._stretches = stretches = material.stretches
        self._stored: Stored = folder.stored()
        self._dynamics: LocalDynamics = self._stored.record(MOTION, REGIONS)
        self._neutral = stretches.read(0, 1)

    def data(self) -> ReportData:
        """All of it."""
        stored, config = self._stored, self._config
        video: VideoInfo = stored.record(TRACK, VIDEO)
        neutral_s = stored.facts(NEUTRAL)["time_s"]
        events: tuple[ExpressionEvent, ...] = stored.record(MOTION, EVENTS)
        trials = read_trials(config)
        feature = self._dynamics.features[main_feature(self._dynamics)]
        return ReportData(
            title=self._folder.path.name,
            video=video,
            command=how_to_repeat(video.path, self._folder.path, config, flow=self._material.given),
            track=self._track(),
            other_people=len(stored.facts(PEOPLE)[PERSONS]) - 1,
            picture=self._picture(),
            mesh_px=self._neutral.mesh_px,
            neutral_pixels=self._neutral.neutral_pixels,
            neutral_s=neutral_s,
            thumbnails=self._thumbnails(neutral_s),
            dynamics=self._dynamics,
            region_masks=self._masks(),
            flow=flow_view(self._dynamics, self._material),
            asymmetry=self._sides(),
            lids=relative_lids(stored.array(MOTION, LID_APERTURE), video.times_s),
            blinks=tuple(event for event in events if event.kind == "blink" and not event.rejected),
            trials=trials,
            responses=trial_responses(self._dynamics, trials, feature) if trials else (),
            provenance=provenance_of(self._folder, config_hash_of(config), decoder=video.decoder),
            versions={**tool_versions(), "face networks": f"{PACKAGE} ({LICENCE})"},
            **self._space(),
        )

    def _space(self) -> dict[str, Any]:
        """What is known of the movement space, or why there is none."""
        facts = self._stored.facts(PERSON)
        if "refused" in facts:
            return {"limits": (f"There is no movement space: {facts['refused']}.",)}
        return {
            "embedding": self._stored.record(PERSON, CODES),
            "components": self._components(),
            "pose_leak": facts["pose_leak_r2"],
            "limits": tuple(facts["limits"]),
        }

    def _sides(self) -> tuple[AsymmetryRow, ...]:
        """The pairs in which something moved."""
        found = [Asymmetry(**one) for one in self._stored.facts(MOTION)["asymmetry"]]
        return tuple(
            AsymmetryRow(
                pair=one.left.removesuffix("_left"),
                left=one.movement_left,
                right=one.movement_right,
                index=one.index,
                low=one.low,
                high=one.high,
            )
            for one in found
            if np.isfinite(one.index)
        )

    def _track(self) -> FaceTrack:
        """The chosen person's track with the two points that the report reads, to save memory."""
        fields = {
            field.name: self._stored.array(PEOPLE, f"{FACE}/{field.name}")
            for field in dataclasses.fields(FaceTrack)
            if field.name not in ("person", "scheme", "landmarks_px")
        }
        rows = fields["times_s"].size
        points = [
            self._stored.array(PEOPLE, f"{FACE}/landmarks_px", start=start, stop=start + CHUNK)[
                :, list(OUTER_EYES)
            ]
            for start in range(0, rows, CHUNK)
        ]
        person = self._stretches.read(0, 1).person
        scheme = "outer eyes"
        return FaceTrack(
            person=person, landmarks_px=np.concatenate(points), scheme=scheme, **fields
        )

    def _picture(self) -> Picture:
        look = self._stored.array(CROP, "look")
        found = dict(zip(LOOKS, (_median(column) for column in look.T), strict=True))
        # So many video pixels is one crop pixel wide.
        maps = self._stored.array(CROP, f"{CLIP}/crop_to_video")
        scale = _median(np.linalg.norm(maps[:, :, :3], axis=(1, 2)) / np.sqrt(2))
        blur = found["blur_crop_px"]
        return Picture(
            light=found["light"],
            clipped=found["clipped"],
            blur_px=None if blur is None or scale is None else blur * scale,
        )

    def _thumbnails(self, neutral_s: float) -> tuple[Thumbnail, ...]:
        moments = notable_moments(self._dynamics, neutral_s=neutral_s)
        valid = self._stored.array(CROP, f"{CLIP}/valid")
        shown = []
        for time_s, caption in moments:
            away = np.where(valid, np.abs(self._dynamics.times_s - time_s), np.inf)
            row = int(np.argmin(away))
            clip = self._stretches.read(row, row + 1)
            shown.append(
                Thumbnail(
                    time_s=float(clip.times_s[0]),
                    caption=caption,
                    landmarks_px=clip.landmarks_px[0],
                    pixels=clip.pixels[0],
                )
            )
        return tuple(shown)

    def _masks(self) -> Float32:
        mesh, size = self._neutral.mesh_px, self._neutral.pixels.shape[1]
        scheme = region_scheme(self._config.regions)
        return region_masks(mesh, size, scheme).astype(np.float32)

    def _components(self) -> tuple[ComponentView, ...]:
        model = PersonModel.load(self._folder.path / MODEL)
        views = []
        for component in model.components[:SHOWN_COMPONENTS]:
            minus, plus = model.pictures(component.number)
            points, shift = model.arrows(component.number)
            views.append(
                ComponentView(
                    index=component.number,
                    name=component.name,
                    share=component.share,
                    minus_mesh_px=(points - shift).astype(np.float32),
                    plus_mesh_px=(points + shift).astype(np.float32),
                    minus_pixels=minus,
                    plus_pixels=plus,
                    flow_px=model.movement(component.number),
                )
            )
        return tuple(views)


def _median(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else None
