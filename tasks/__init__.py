"""The work: plain, typed functions. Nothing here imports prefect, dask or flows."""
