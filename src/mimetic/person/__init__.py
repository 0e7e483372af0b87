"""Movement spaces: of one person, and of what people have in common."""

from mimetic.person.compare import same_space
from mimetic.person.describe import Component
from mimetic.person.general import GeneralModel
from mimetic.person.linear import PersonModel
from mimetic.person.weights import GeneralFacts, PersonConfig, PersonFacts

__all__ = [
    "Component",
    "GeneralFacts",
    "GeneralModel",
    "PersonConfig",
    "PersonFacts",
    "PersonModel",
    "same_space",
]
