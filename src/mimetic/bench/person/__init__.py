"""``mimetic person bench``: movement spaces on virtual people and on real clips."""
