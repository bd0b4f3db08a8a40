"""Documents of an organisation's services."""
