from __future__ import annotations

import numpy as np
import pytest

from mimetic.errors import ArgumentError
from mimetic.flow.starts import STARTS, make_start
from tests.flow.test_refine import patterned_pair


@pytest.mark.parametrize("name", STARTS)
def test_every_start_says_how_far_the_picture_moved_but_none(name: str):
    found = make_start(name)(*patterned_pair(64, 64, shift_px=1.0)).flow_px
    assert found.shape == (2, 64, 64)
    middle = np.median(found[0, 16:48, 16:48])
    assert middle == pytest.approx(0 if name == "none" else 1, abs=0.15)


def test_an_unknown_start_is_refused():
    with pytest.raises(ArgumentError, match="one of none, dis, closed-form, got 'best'"):
        make_start("best")
