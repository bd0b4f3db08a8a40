"""Charts of price books: what changed between two, and what a scenario costs with each."""
