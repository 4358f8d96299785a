"""Garbage collection in short steps, so that a large heap never holds the loop for long.

Python's collector looks at everything that is alive whenever the oldest generation has grown by a
quarter: with 15,000 connections that took a quarter of a second. Nearly all of it is alive because
somebody is connected, and is freed by its reference count when that person leaves. So what has
survived a collection is set aside (`gc.freeze`), and the next one looks only at what is new.

The price: a cycle that was set aside alive is never collected. Whatever lives as long as a
connection has to be left without cycles at its end; `tests/test_heap.py` counts that.
"""

import gc
from typing import Final

_YOUNG: Final = 2000
"""New objects between two collections of the youngest generation."""
_MIDDLE: Final = 5
"""Of these collections, how many there are between two of the middle generation."""
_OLDEST: Final = 1_000_000_000
"""The oldest generation is collected by `sweep`, not by itself."""
SWEEP_AT: Final = 3
"""Collections of the middle generation until a sweep: 30,000 objects, about 10 ms."""


def settle() -> None:
    """Set aside what is there, once everything is built; then let the collector work in steps."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLDEST)


def sweep() -> None:
    """Collect what is new, and set aside what stays, if there is enough of it; call it often."""
    if gc.get_count()[2] >= SWEEP_AT:
        gc.collect()
        gc.freeze()
