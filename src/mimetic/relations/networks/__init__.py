"""Networks that estimate a trait from signals of regions: the paper's, and two without pairs."""
