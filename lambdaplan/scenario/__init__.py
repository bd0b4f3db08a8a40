"""The documents that describe a service, and every check of them."""
