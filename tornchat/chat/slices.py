"""Work over thousands of people that gives the loop back in between.

It knows nothing of what the work is.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial

SLICE_SECONDS = 0.015
"""How long one piece of work may hold the loop before others get their turn (goal: ≤ 20 ms)."""


def in_slices(steps: Iterator[None], call_soon: Callable[[Callable[[], None]], object]) -> None:
    """Run the steps now, as many as fit into a slice, and the others in later turns of the loop."""
    deadline = time.perf_counter() + SLICE_SECONDS
    for _ in steps:
        if time.perf_counter() > deadline:
            call_soon(partial(in_slices, steps, call_soon))
            return
