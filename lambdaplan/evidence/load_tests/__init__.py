"""Results of load tests, a module for each form."""
