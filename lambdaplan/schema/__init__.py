"""Schema of documents: fields, their rules, and how they are read."""
