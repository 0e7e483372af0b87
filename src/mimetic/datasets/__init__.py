"""Recordings to measure: the virtual face, whose truth is known."""
