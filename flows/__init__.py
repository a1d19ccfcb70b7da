"""Orchestration: Prefect flows over a Dask client, and the command line."""
