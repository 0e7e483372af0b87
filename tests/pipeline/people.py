"""Lists of people with planted relations, as files: result folders that hold dynamics alone."""

import csv
import dataclasses

from mimetic.datasets.planted import Population, PopulationSettings
from mimetic.io import layout
from mimetic.io.store import ResultFolder, Source

PAIR = ("cheek_left", "mouth_right")
FEW = PopulationSettings(
    subjects=32,
    clips_per_subject=1,
    steps=38,
    kinds=("amplitude",),
    strengths=(1.0,),
    pairs=(PAIR,),
    distractors=0,
    kin_share=0.2,
)


def write_dynamics(path, dynamics):
    """A result folder as analyze leaves it, without anything but the movement of regions."""
    with ResultFolder.create_or_open(path, source=Source("film.mp4", "ab" * 32)) as folder:
        stage = folder.stage(layout.MOTION, config_hash="c", inputs=("ab" * 32,))
        stage.write_record(layout.REGIONS, dynamics)
        stage.finish()
    return path


def write_people(folder, population, **columns):
    """people.csv with a result folder for each clip; more columns by name."""
    for place, one in enumerate(population.dynamics):
        write_dynamics(folder / "done" / f"c{place}", one)
    rows = [
        {
            "path": f"done/c{place}",
            "subject": population.subjects[place],
            "family": population.families[place],
            "style": label if isinstance(label, str) else f"{label:.1f}",
            **{name: values[place] for name, values in columns.items()},
        }
        for place, label in enumerate(population.labels)
    ]
    return write_rows(folder / "people.csv", rows)


def write_rows(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def change_row(path, row, /, **cells):
    """Another text in cells of a row, numbered as in a spreadsheet: the header is row 1."""
    rows = read_rows(path)
    rows[row - 2] |= cells
    return write_rows(path, rows)


def planted(seed=1, subjects=FEW.subjects):
    return Population.draw(dataclasses.replace(FEW, subjects=subjects), seed)
