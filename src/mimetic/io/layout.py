"""Where each stage leaves what: the names that the pipeline writes and ``Result`` reads.

What the pipeline stores, and where (the names are constants below):

============ ============================================================ ==================
stage        what it leaves                                               read as
============ ============================================================ ==================
``track``    record ``video`` (VideoInfo), arrays per tracklet            ``video``
``people``   record ``track`` (FaceTrack of the chosen person), records   ``track``,
             ``persons/<n>`` of the others, fact ``persons`` (a list of   ``persons``,
             dicts with ``person``, seconds seen, size ...)               ``person(n)``
``template`` arrays of this person's template                             ``array``
``crop``     record ``clip`` (FaceClip), appended by stretches            ``clip``, ``stretches``
``neutral``  arrays ``pixels`` [H W 3] and ``shape_ed`` [L 3]             filled into ``clip``
``motion``   records ``regions`` (LocalDynamics), ``events`` (a list of   ``regions``,
             ExpressionEvent: blinks, ...), with --flow ``flow``          ``events``, ``flow``
``person``   record ``codes`` (MovementEmbedding), model, pictures        ``codes``
``tables``   tables/frames, movements, events, blinks, trials             ``table(name)``
``report``   report.html                                                  ``path / REPORT_FILE``
``flow``     record ``flow`` (FlowField, a row a frame) of ``mimetic      ``flow``
             flow estimate``; ``flow_overlay``: its video
``micro``    record ``events`` and table ``micro_events`` of ``mimetic    ``events``,
             micro spot``; ``micro_classes``: the same with classes told  ``table(name)``
============ ============================================================ ==================

A stage writes whole records with ``stage.write_record(VIDEO, info)`` and
stretches with ``stage.append({}, records={CLIP: clip}, state=...)``; without
pixels it adds ``left_out=("pixels",)``. A stage given ``provenance`` in
``finish`` is listed in ``provenances``. What is missing raises StoreError, which
names the stage and the way to get it.

Within one stage every appended array has the same rows, so ``flow`` appended beside
``regions`` has one pair per frame (against neutral, or a missing first pair).
"""

from __future__ import annotations

# Stages, in the order in which they run.
TRACK = "track"
PEOPLE = "people"
TEMPLATE = "template"
CROP = "crop"
NEUTRAL = "neutral"
MOTION = "motion"
PERSON = "person"
TABLES = "tables"
REPORT = "report"
FLOW_ESTIMATE = "flow"  # beside the report, only when mimetic flow estimate was run
FLOW_OVERLAY = "flow_overlay"
MICRO = "micro"  # what mimetic micro spot found
MICRO_CLASSES = "micro_classes"  # the same events with what mimetic micro recognise says of them
STAGES = (TRACK, PEOPLE, TEMPLATE, CROP, NEUTRAL, MOTION, PERSON, TABLES, REPORT)

# Records, each with the stage that leaves it.
VIDEO = "video"
FACE = "track"
CLIP = "clip"
REGIONS = "regions"
EVENTS = "events"
FLOW = "flow"
CODES = "codes"
HOME = {
    VIDEO: TRACK,
    FACE: PEOPLE,
    CLIP: CROP,
    REGIONS: MOTION,
    EVENTS: MOTION,
    FLOW: MOTION,
    CODES: PERSON,
}
PERSONS = "persons"  # the fact of PEOPLE that lists everybody, and the prefix of their records
NEUTRAL_PIXELS = "pixels"
NEUTRAL_SHAPE = "shape_ed"
REPORT_FILE = "report.html"


def person_record(person: int) -> str:
    """The name under which the track of a person who was not chosen is stored."""
    return f"{PERSONS}/{person}"
