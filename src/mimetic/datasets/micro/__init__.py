"""Sets of micro-expressions under signed agreements, and the composite of three of them."""

from mimetic.datasets.micro.composite import Composite, composite
from mimetic.datasets.micro.long import read_cas_me_2, read_samm_long
from mimetic.datasets.micro.short import read_cas_me_3, read_casme2, read_samm, read_smic

__all__ = [
    "Composite",
    "composite",
    "read_cas_me_2",
    "read_cas_me_3",
    "read_casme2",
    "read_samm",
    "read_samm_long",
    "read_smic",
]
