"""Garbage collections that pass over what a worker keeps for good: modules, detectors, networks."""

import gc
from functools import cache


@cache
def settle(after: str) -> None:
    """Once per process and ``after``: let later collections pass over all that is loaded by now.

    One over TensorFlow's and Dask's modules took 7 ms between any two pieces of small work (benchmarks/scale.py); one
    over a loaded network, too, takes 0.1 s, and a part of a film some 1.5.

    Args:
        after: what has been loaded, "modules" or "networks".
    """
    gc.collect()
    gc.freeze()
