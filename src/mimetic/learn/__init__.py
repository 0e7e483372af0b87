"""How well a model does: splits in time and scores."""
