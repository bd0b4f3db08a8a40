"""Pricing: price books, usage, and bills."""
