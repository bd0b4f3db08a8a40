"""One question of an architect a file."""
