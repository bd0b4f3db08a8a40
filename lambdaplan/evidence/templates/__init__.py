"""Infrastructure as code, a module for each form."""
