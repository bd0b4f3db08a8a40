"""Bills of AWS, a module for each form."""
