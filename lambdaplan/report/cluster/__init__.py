"""Work on more than one machine: a Dask cluster that the user names."""
