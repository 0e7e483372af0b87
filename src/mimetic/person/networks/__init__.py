"""The networks of the neural person models: tensors in, tensors out."""

from mimetic.person.networks.cycle import CycleNetwork
from mimetic.person.networks.fabnet import FabNetwork
from mimetic.person.networks.regional import RebuildingNetwork, RegionalUnits

__all__ = ["CycleNetwork", "FabNetwork", "RebuildingNetwork", "RegionalUnits"]
