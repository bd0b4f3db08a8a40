"""Pictures of how sure an answer is."""
