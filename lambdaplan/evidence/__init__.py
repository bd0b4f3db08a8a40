"""Files that people have of a running service (logs, metrics, bills, templates, load tests), read into a scenario."""
