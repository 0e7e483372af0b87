"""Named points of the 478-point face scheme ("mesh478"), sides being the person's own.

The scheme is that of the MediaPipe face mesh: 468 points of the skin, then five
per iris. The person's right eye lies on the left of an upright, unmirrored
picture. Ordered sets of both sides run the same way over the face, so that
``X_RIGHT[i]`` and ``X_LEFT[i]`` are mirror partners.
"""

from __future__ import annotations

import numpy as np

from mimetic.types import Int64

POINTS = 478
SKIN_POINTS = 468

RIGHT_EYE_OUTER, RIGHT_EYE_INNER = 33, 133
LEFT_EYE_OUTER, LEFT_EYE_INNER = 263, 362
OUTER_EYES = (RIGHT_EYE_OUTER, LEFT_EYE_OUTER)  # 1 ed apart by definition

# Eye corners, nose ridge and base, temples and ears: they follow the skull, not the
# expression.
STABLE = (33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 127, 356, 234, 454)

MIDLINE: tuple[int, ...] = (0, 1, 2, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)
MIDLINE = (*MIDLINE, 94, 151, 152, 164, 168, 175, 195, 197, 199, 200)

# Lids from the outer to the inner corner, the corners left out.
UPPER_LID_RIGHT = (246, 161, 160, 159, 158, 157, 173)
LOWER_LID_RIGHT = (7, 163, 144, 145, 153, 154, 155)
UPPER_LID_LEFT = (466, 388, 387, 386, 385, 384, 398)
LOWER_LID_LEFT = (249, 390, 373, 374, 380, 381, 382)
# Closed outlines: outer corner, upper lid, inner corner, lower lid back.
EYE_RIGHT = (33, *UPPER_LID_RIGHT, 133, *LOWER_LID_RIGHT[::-1])
EYE_LEFT = (263, *UPPER_LID_LEFT, 362, *LOWER_LID_LEFT[::-1])

# Irises: the middle, then image right, top, image left, bottom.
IRIS_RIGHT = (468, 469, 470, 471, 472)
IRIS_LEFT = (473, 474, 475, 476, 477)
IRIS_MIDDLE_RIGHT, IRIS_MIDDLE_LEFT = 468, 473

# Brows from the outer to the inner end: upper and lower edge.
BROW_UPPER_RIGHT = (70, 63, 105, 66, 107)
BROW_LOWER_RIGHT = (46, 53, 52, 65, 55)
BROW_UPPER_LEFT = (300, 293, 334, 296, 336)
BROW_LOWER_LEFT = (276, 283, 282, 295, 285)
BROW_RIGHT = BROW_UPPER_RIGHT + BROW_LOWER_RIGHT
BROW_LEFT = BROW_UPPER_LEFT + BROW_LOWER_LEFT

MOUTH_CORNER_RIGHT, MOUTH_CORNER_LEFT = 61, 291
# Closed outlines of the lips: right corner, upper lip, left corner, lower lip back.
LIPS_OUTER_UPPER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LIPS_OUTER_LOWER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
LIPS_INNER_UPPER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LIPS_INNER_LOWER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
LIPS_OUTER = (*LIPS_OUTER_UPPER, *LIPS_OUTER_LOWER[-2:0:-1])
LIPS_INNER = (*LIPS_INNER_UPPER, *LIPS_INNER_LOWER[-2:0:-1])
LIPS = LIPS_OUTER + LIPS_INNER

NOSE_RIDGE = (168, 6, 197, 195, 5, 4, 1)
NOSE_TIP, NOSE_BASE, CHIN, FOREHEAD = 1, 2, 152, 10
NOSE_WING_RIGHT, NOSE_WING_LEFT = 98, 327
TEMPLE_RIGHT, TEMPLE_LEFT = 127, 356

# The face's outline, clockwise in the picture from the top of the forehead: over the
# person's left side down to the chin, and back up over the right side.
FACE_OVAL_LEFT: tuple[int, ...] = (338, 297, 332, 284, 251, 389, 356, 454, 323)
FACE_OVAL_LEFT = (*FACE_OVAL_LEFT, 361, 288, 397, 365, 379, 378, 400, 377)
FACE_OVAL_RIGHT: tuple[int, ...] = (109, 67, 103, 54, 21, 162, 127, 234, 93)
FACE_OVAL_RIGHT = (*FACE_OVAL_RIGHT, 132, 58, 172, 136, 150, 149, 176, 148)
FACE_OVAL = (FOREHEAD, *FACE_OVAL_LEFT, CHIN, *FACE_OVAL_RIGHT[::-1])


def _mirror_partners() -> Int64:
    partner = np.arange(POINTS)
    left = np.arange(248, SKIN_POINTS)
    # The scheme numbers the left side in the order of the right, so that the n-th
    # right point below 248 belongs to point 248 + n.
    right = np.setdiff1d(np.arange(248), MIDLINE)
    partner[right], partner[left] = left, right
    for one, other in zip((0, 3, 2, 1, 4), range(5), strict=True):
        partner[IRIS_RIGHT[one]], partner[IRIS_LEFT[other]] = IRIS_LEFT[other], IRIS_RIGHT[one]
    partner.flags.writeable = False
    return partner


MIRROR: Int64 = _mirror_partners()  # [478]; points[MIRROR] swaps the person's sides
