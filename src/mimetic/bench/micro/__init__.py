"""``mimetic micro bench``: spotting, recognition and magnification of brief movements."""
