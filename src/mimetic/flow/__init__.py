"""Dense displacement of the skin between frames."""
