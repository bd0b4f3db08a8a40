"""Power tuning, Compute Optimizer, usage files, allocations and traces, a module for each form."""
