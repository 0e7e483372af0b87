"""What every method makes of the same pairs, beside the truth: a page of pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from mimetic.bench.flow.rivals import Rival
from mimetic.bench.flow.score import score
from mimetic.bench.flow.trial import Regime
from mimetic.flow.pictures import colour_wheel, difference_picture, flow_colours, usual_range_px
from mimetic.flow.records import FlowPair
from mimetic.report.html import STILL, html_page
from mimetic.report.pictures import data_address
from mimetic.report.words import escape
from mimetic.types import UInt8

AWAY = 0.25  # of the movement's range: an error of that length is yellow
_KEY_PX = 64
_STYLE = """
body { font: 15px/1.5 sans-serif; margin: 24px auto; max-width: 900px; padding: 0 16px;
  background: #fff; color: #1c1d21; }
section { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 16px; }
h2 { grid-column: 1 / -1; margin: 16px 0 0; } figure { margin: 0; }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 2px; } img { width: 100%; }
"""


def error_sheet(regimes: Sequence[Regime], rivals: Sequence[Rival]) -> str:
    """An HTML page with a pair of each regime: the truth, and each method's flow and error.

    The pair is one of the table's: its first person, the amplitude in the middle.
    """
    body = (
        "<h1>What each method of flow sees</h1><p>Left the flow in colours of one range: hue is "
        "the direction, white no movement. Right its distance from the truth: black none, yellow "
        f"{AWAY:.0%} of the range or more.</p>"
    )
    for regime in regimes:
        pair = _middle(regime)
        if pair is not None:
            body += "<section>" + "".join(_section(regime.name, pair, rivals)) + "</section>"
    return html_page("What each method of flow sees", body, style=_STYLE, policy=STILL)


def _middle(regime: Regime) -> FlowPair | None:
    return regime.draw(regime.conditions[len(regime.conditions) // 2], regime.persons[0])


def _section(name: str, pair: FlowPair, rivals: Sequence[Rival]) -> Iterator[str]:
    reach = usual_range_px(pair.flow_px)
    face = np.asarray(cv2.cvtColor(pair.first, cv2.COLOR_GRAY2RGB), np.uint8)
    truth = flow_colours(pair.flow_px, range_px=reach)
    truth[:_KEY_PX, :_KEY_PX] = colour_wheel(_KEY_PX)
    yield f"<h2>{escape(name)}, peak {pair.peak_px:g} px</h2>"
    yield _figure((face, truth), f"first picture; truth, range {reach:.2g} px")
    for rival in rivals:
        found = rival.estimate(pair).flow_px
        pictures = (
            flow_colours(found, range_px=reach),
            difference_picture(found, pair.flow_px, range_px=AWAY * reach),
        )
        yield _figure(pictures, f"{rival.name}: {score(found, pair).epe_px:.3g} px off")


def _figure(pictures: tuple[UInt8, UInt8], words: str) -> str:
    both = "".join(f'<img src="{data_address(each)}" alt="">' for each in pictures)
    return f'<figure><div class="two">{both}</div><figcaption>{escape(words)}</figcaption></figure>'
