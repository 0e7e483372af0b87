"""Pure functions on arrays: numpy, scipy and OpenCV; no files, no networks."""
