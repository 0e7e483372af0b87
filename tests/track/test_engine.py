import os
import subprocess
import sys

import pytest

from mimetic.errors import ModelError
from mimetic.track.engine import Engine, without_chatter


def test_nonsense_is_not_a_network():
    with pytest.raises(ModelError, match="expected a network that LiteRT can run, got 8 bytes"):
        Engine(b"nonsense")


def test_only_chatter_is_kept_off_standard_error(capfd):
    with without_chatter():
        os.write(2, b"INFO: made a delegate\nERROR: something matters\n")
    os.write(2, b"INFO: after\n")
    assert capfd.readouterr().err == "ERROR: something matters\nINFO: after\n"


def test_an_error_inside_passes_and_standard_error_comes_back(capfd):
    with pytest.raises(ValueError, match="inside"), without_chatter():
        raise ValueError("inside")
    os.write(2, b"still here\n")
    assert capfd.readouterr().err == "still here\n"


def test_without_standard_error_nothing_happens():
    program = (
        "import os; from mimetic.track.engine import without_chatter\n"
        "os.close(2)\n"
        "with without_chatter(): print('ran')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "ran\n"


def test_loading_a_network_says_nothing(networks):
    path = str(networks["near"])
    program = f"from mimetic.track.engine import Engine; Engine(open({path!r}, 'rb').read())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
