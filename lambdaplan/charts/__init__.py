"""Charts: one a file, from a result of the models to an altair chart."""
