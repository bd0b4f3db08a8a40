"""One picture a file: a result of the models in, an altair chart out."""
