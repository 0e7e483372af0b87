"""Which table of the docs is made from which benchmark."""

from __future__ import annotations

from mimetic.bench import clips, decode, speed, stabilise

RENDERERS = {
    "clips": clips.render,
    "decode": decode.render,
    "speed": speed.render,
    "stabilise": stabilise.render,
}
