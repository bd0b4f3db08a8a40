"""A month's model against what was paid."""
