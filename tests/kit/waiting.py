"""Waiting for conditions, and running async tests within a time limit."""

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from tests.kit.wire import PATIENCE

STEP = 0.01


async def until(
    condition: Callable[[], object], what: str = "", *, patience: float = PATIENCE
) -> float:
    """Wait for a condition and return how long it took. Raises TimeoutError."""
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        if waited > patience:
            raise TimeoutError(f"not within {patience} s: {what or condition}")
        await asyncio.sleep(STEP)
    return time.monotonic() - began


async def until_true(
    condition: Callable[[], Awaitable[object]], what: str = "", *, patience: float = PATIENCE
) -> float:
    """Like `until`, for a condition that has to be awaited itself."""
    began = time.monotonic()
    while not await condition():
        waited = time.monotonic() - began
        if waited > patience:
            raise TimeoutError(f"not within {patience} s: {what or condition}")
        await asyncio.sleep(STEP)
    return time.monotonic() - began


def scenario(
    seconds: float = 60,
) -> Callable[[Callable[..., Coroutine[Any, Any, None]]], Callable[..., None]]:
    """Make an async function a test that may take so long at most; fixtures come as usual.

    @scenario(30)
    async def test_something_happens(tmp_path): ...
    """

    def decorate(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
        async def limited(**fixtures: Any) -> None:
            async with asyncio.timeout(seconds):
                await test(**fixtures)

        @functools.wraps(test)
        def run(**fixtures: Any) -> None:
            asyncio.run(limited(**fixtures))

        return run

    return decorate
