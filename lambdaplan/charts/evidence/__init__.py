"""Charts of what files of a running service tell."""
