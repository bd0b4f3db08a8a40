"""Analyses: one question of an architect a file."""
