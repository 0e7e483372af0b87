import pytest

from mimetic.datasets.virtual import VirtualFace


@pytest.fixture(scope="session")
def astronaut():
    return VirtualFace()
