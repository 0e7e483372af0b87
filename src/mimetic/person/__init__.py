"""The movement space of one person."""

from mimetic.person.compare import same_space
from mimetic.person.describe import Component
from mimetic.person.linear import PersonModel
from mimetic.person.weights import PersonConfig, PersonFacts

__all__ = ["Component", "PersonConfig", "PersonFacts", "PersonModel", "same_space"]
