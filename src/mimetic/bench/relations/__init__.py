"""The bench of explanations: whether models of relations name the pairs that carry a trait."""
