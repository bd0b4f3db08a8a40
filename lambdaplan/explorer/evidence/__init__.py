"""Files of a running service that are dropped on the explorer."""
