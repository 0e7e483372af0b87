"""Which facial regions moving together carry a trait, and whether the answer can be trusted."""
