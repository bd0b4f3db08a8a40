"""Databases, caches and storage."""
