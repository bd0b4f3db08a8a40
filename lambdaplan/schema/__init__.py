"""What a field of a document may hold, and how it is read."""
