"""Scenario and usage documents, and every check of them."""
