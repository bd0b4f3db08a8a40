"""What a unit costs, and what usage adds up to."""
