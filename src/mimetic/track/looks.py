"""A person's look: the pattern of light and dark on the parts of the face that move least."""

from __future__ import annotations

import cv2
import numpy as np

from mimetic.types.arrays import Float32, Floats, Int64, UInt8

SIZE = 64  # pixels of the coarse picture that looks are taken from

# Forehead, temples, nose and cheeks: above the nose's base and 0.22 eye distances or more
# from the middle of either eye. With lids and mouth left out, a look changes by at most
# 0.12 between frames of the liveliest clips, and by 0.15 or more at a cut between people.
POINTS: Int64 = np.fromstring(
    """
    1 3 4 5 6 8 9 10 19 20 21 34 35 36 44 45 46 47 48 49 50 51 53 54 55 59 60 63 64 66 67 68 69
    70 71 75 79 93 94 97 98 99 100 101 102 103 104 105 107 108 109 111 114 115 116 117 118 122
    123 124 125 126 127 128 129 131 132 134 137 139 141 142 143 147 151 156 162 166 168 174 177
    187 188 193 195 196 197 198 203 205 206 207 209 217 218 219 220 227 234 235 236 237 238 239
    240 241 242 244 245 248 250 251 264 265 266 274 275 276 277 278 279 280 281 283 284 285 289
    290 293 294 296 297 298 299 300 301 305 309 323 326 327 328 329 330 331 332 333 334 336 337
    338 340 343 344 345 346 347 351 352 353 354 355 356 357 358 360 361 363 366 368 370 371 372
    376 383 389 392 399 401 411 412 417 419 420 423 425 426 427 429 437 438 439 440 447 454 455
    456 457 458 459 460 461 462 464 465
    """,
    dtype=np.int64,
    sep=" ",
)


def look_of(crop: UInt8, mesh: Floats) -> Float32:
    """How bright the skin is at POINTS [205], free of light level and contrast.

    ``mesh`` [L 2+] is in pixels of the square RGB ``crop``. The logarithm of a locally
    averaged grey, brought to mean 0 and variance 1.
    """
    small = cv2.resize(crop, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    grey = cv2.blur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (3, 3))
    places = (mesh[POINTS, :2] * (SIZE / crop.shape[0])).astype(np.int64)
    np.clip(places, 0, SIZE - 1, out=places)
    # 12 grey levels: below that, noise would dominate the logarithm.
    bright = np.log(grey[places[:, 1], places[:, 0]] + np.float32(12))
    bright -= bright.mean()
    return np.asarray(bright / max(float(bright.std()), 1e-3), np.float32)


def look_change(first: Floats, second: Floats) -> float:
    """One minus the correlation of two looks [205]: 0 the same, 1 unrelated."""
    sizes = np.linalg.norm(first) * np.linalg.norm(second)
    return 1 - float(np.dot(first, second) / max(sizes, 1e-9))
