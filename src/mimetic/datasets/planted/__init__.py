"""Populations in which a trait lies in known pairs of regions: the truth that explanations face."""

from mimetic.datasets.planted.graph import PlantedPair
from mimetic.datasets.planted.kinds import KINDS
from mimetic.datasets.planted.latents import Latents
from mimetic.datasets.planted.population import Population
from mimetic.datasets.planted.settings import CLASSES, PopulationSettings

__all__ = ["CLASSES", "KINDS", "Latents", "PlantedPair", "Population", "PopulationSettings"]
