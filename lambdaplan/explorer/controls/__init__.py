"""The controls of the explorer."""
