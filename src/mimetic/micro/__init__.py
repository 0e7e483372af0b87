"""Micro-expressions: brief, small movements of a face."""
