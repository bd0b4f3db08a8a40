"""Pages of docs/ that a command prints."""
