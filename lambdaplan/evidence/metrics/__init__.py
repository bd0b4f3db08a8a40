"""Metrics of CloudWatch, a module for each form."""
