"""What must be served, whatever runs it."""
