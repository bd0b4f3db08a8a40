"""Comparison: bills of every option for one service, the cheapest, and where that changes."""
