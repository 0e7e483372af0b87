"""Pictures of a model: components as movements of the face, a map, codes over time, one page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mimetic.errors import ArgumentError
from mimetic.io.disk import disk_errors, replace_file
from mimetic.io.images import write_png
from mimetic.io.overlay import VideoWriter
from mimetic.person.general import GeneralModel
from mimetic.pipeline.coding import Coded, code_recordings
from mimetic.pipeline.modelling import AnyModel, holds_picture, limits_of, title_of
from mimetic.pipeline.person import Recordings
from mimetic.pipeline.settings import Progress, silent
from mimetic.report.codemap import axis_words, cells_of, draw_map, plane_of
from mimetic.report.codeplot import CodeRow, draw_codes, moments
from mimetic.report.morphs import STRIP, Morph, draw_sheet, eased, enlarged, outlines, strip
from mimetic.report.personpage import Moving, person_page
from mimetic.report.words import seconds
from mimetic.types import UInt8

LOOP_HZ = 20.0
MOST_SD = 5.0  # beyond it a face is drawn that nobody has


@dataclass(frozen=True, kw_only=True)
class ShowWish:
    """How many components are shown, how far they go, and whether a face may be seen."""

    components: int = 8
    size_sd: float = 2.0
    anonymous: bool = False

    def __post_init__(self) -> None:
        if self.components < 1:
            raise ArgumentError(f"--components: expected 1 or more, got {self.components}")
        if not 0 < self.size_sd <= MOST_SD:
            raise ArgumentError(
                f"--size: expected more than 0 and at most {MOST_SD:g} sd, got {self.size_sd:g}"
            )


def show_model(
    model: AnyModel,
    out: str | Path,
    *,
    recordings: Recordings | None = None,
    wish: ShowWish | None = None,
    progress: Progress = silent,
) -> list[Path]:
    """Draw a model into the folder ``out``; the files, the page first.

    ``component-NN.png`` and ``.mp4`` show a component from low to high, ``components.svg`` all of
    them. With recordings there are also ``map.svg`` and ``codes-RECORDING.svg``. A model
    that holds no picture of a face, or ``anonymous``, is drawn as outlines.
    """
    wish, out = wish or ShowWish(), Path(out)
    if out.exists() and not out.is_dir():
        raise ArgumentError(f"--out: expected a folder, {out} is a file")
    coded = [] if recordings is None else code_recordings(model, recordings, progress)
    drawing = _Drawing(model, wish, coded)
    with disk_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        return list(drawing.write(out, progress))


class _Drawing:
    def __init__(self, model: AnyModel, wish: ShowWish, coded: list[Coded]) -> None:
        self._model, self._wish, self._coded = model, wish, coded
        self._outlined = wish.anonymous or not holds_picture(model)
        self._title = title_of(model)

    def write(self, out: Path, progress: Progress) -> Iterator[Path]:
        """Write all files and name them, the page first."""
        morphs, moving, figures = [], [], []
        shown = self._model.components[: self._wish.components]
        for place, component in enumerate(shown):
            morph = self._morph(component.number)
            names = [f"component-{component.number:02d}{end}" for end in (".png", ".mp4")]
            write_png(out / names[0], strip(morph.pictures[list(STRIP)]))
            _write_loop(out / names[1], morph.pictures)
            morphs.append(morph)
            moving.append(
                Moving(
                    number=morph.number,
                    name=morph.name,
                    share=morph.share,
                    strip=names[0],
                    loop=names[1],
                )
            )
            progress("components", (place + 1) / len(shown))
        said = self._said()
        texts = {"components.svg": draw_sheet(morphs, title=self._title, said=said)}
        figures.append(("From low to high", "components.svg"))
        if self._coded:
            texts["map.svg"] = self._map()
            figures.append(("Map", "map.svg"))
        for one in self._coded:
            texts[f"codes-{one.name}.svg"] = self._codes(one)
            figures.append((f"Codes over time: {one.name}", f"codes-{one.name}.svg"))
        texts["index.html"] = person_page(
            moving, title=self._title, said=said, care=limits_of(self._model), figures=figures
        )
        for name, text in texts.items():
            replace_file(out / name, text.encode())
        yield out / "index.html"
        yield from (out / name for name in texts if name != "index.html")
        yield from (out / name for one in moving for name in (one.strip, one.loop))

    def _said(self) -> str:
        model = self._model
        many = len(model.components)
        held = sum(one.share for one in model.components[: self._wish.components])
        return (
            f"{min(self._wish.components, many)} of {many} components, which hold {held:.0%} of "
            "the movement. Others stay at neutral while one goes from low to high."
        )

    def _morph(self, number: int) -> Morph:
        model, wish = self._model, self._wish
        codes = eased(wish.size_sd)
        one = model.components[number]
        flow_px = model.movement(number, size_sd=wish.size_sd)
        if self._outlined or isinstance(model, GeneralModel):
            start, move = model.arrows(number, size_sd=1.0)
            from_neutral = codes - float(model.neutral_codes[number])
            meshes = start[None] + from_neutral[:, None, None] * move[None]
            pictures = outlines(meshes, flow_px.shape[1])
        else:
            wanted = np.repeat(model.neutral_codes[None].astype(np.float64), codes.size, axis=0)
            wanted[:, number] = codes
            pictures = model.render(wanted)
        seen = self._seen(number)
        return Morph(
            number=number, name=one.name, share=one.share, codes_sd=codes, pictures=pictures,
            flow_px=flow_px, seen=seen,
        )  # fmt: skip

    def _seen(self, number: int) -> tuple[tuple[UInt8, str], ...]:
        """The frames with the lowest and the highest code, and when they were."""
        found = []
        for sign in (1, -1):
            lows = [
                (sign * float(np.nanmin(sign * one.embedding.codes[:, number])), one)
                for one in self._coded
                if one.embedding.valid.any()
            ]
            if lows:
                _, one = min(lows, key=lambda pair: sign * pair[0])
                row = int(np.nanargmin(sign * one.embedding.codes[:, number]))
                when = seconds(float(one.embedding.times_s[row]))
                if len(self._coded) > 1:
                    when = f"{shortened(one.name, 9)} {when}"
                found.append((self._frame(one, row), when))
        return tuple(found)

    def _frame(self, one: Coded, row: int) -> UInt8:
        clip = one.result.clip(row, row + 1)
        if self._outlined:
            return np.asarray(outlines(clip.landmarks_px, clip.pixels.shape[1])[0], np.uint8)
        return np.asarray(clip.pixels[0])

    def _codes(self, one: Coded) -> str:
        embedding = one.embedding
        rows = moments(one.scaled, embedding.times_s)
        shown = [
            CodeRow(number=each.number, name=each.name, noise_sd=one.noise_sd(each.number))
            for each in self._model.components[: self._wish.components]
        ]
        frames = [(float(embedding.times_s[row]), self._frame(one, row)) for row in rows]
        return draw_codes(embedding, shown, frames=frames, title=f"{self._title}: {one.name}")

    def _map(self) -> str:
        scaled = np.concatenate([one.scaled for one in self._coded])
        ends = np.cumsum([len(one.scaled) for one in self._coded])
        plane = plane_of(scaled)
        cells = cells_of(plane.places, [len(one.scaled) for one in self._coded])
        faces = []
        for cell in cells:
            which = int(np.searchsorted(ends, cell.frame, side="right"))
            start = int(ends[which - 1]) if which else 0
            faces.append(self._frame(self._coded[which], cell.frame - start))
        return draw_map(
            cells,
            faces,
            recordings=[one.name for one in self._coded],
            axes=axis_words(plane, [one.name for one in self._model.components]),
            title=f"{self._title}: map",
        )


def shortened(name: str, most: int) -> str:
    """The end of a name, which is what tells recordings apart."""
    return name if len(name) <= most else f"…{name[1 - most :]}"


def _write_loop(path: Path, pictures: UInt8) -> None:
    """A movement there and back, so that it can be shown without end."""
    order = [*range(len(pictures)), *range(len(pictures) - 2, 0, -1)]
    large = [enlarged(picture) for picture in pictures]
    height, width = large[0].shape[:2]
    with VideoWriter(path, width, height) as writer:
        for frame, number in enumerate(order):
            writer.write(large[number], frame / LOOP_HZ)
