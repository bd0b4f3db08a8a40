"""Queues, topics, event buses and workflows."""
