"""Logs of Lambda functions, a module for each form."""
