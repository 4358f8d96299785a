"""How the tests of the chat run: a scenario in a world of its own, and a loop turned by hand."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

World = TypeVar("World")
Scenario = Callable[[World], Awaitable[None]]


def scenarios(
    opened: Callable[..., AbstractAsyncContextManager[World]],
) -> Callable[..., Callable[[Scenario[World]], Callable[[Path], None]]]:
    """Return a decorator that runs a coroutine with a world of its own.

    `opened(folder, **options)` opens the world; the options are those of the decorator.
    """

    def scenario(**options: Any) -> Callable[[Scenario[World]], Callable[[Path], None]]:
        def decorate(body: Scenario[World]) -> Callable[[Path], None]:
            @wraps(body)
            def test(tmp_path: Path) -> None:
                async def run() -> None:
                    async with opened(tmp_path / "data", **options) as world:
                        await body(world)

                asyncio.run(run())

            del test.__wrapped__  # pytest would ask for its arguments
            return test

        return decorate

    return scenario


class Turns:
    """The loop's `call_soon`, run by hand."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def __call__(self, callback: Callable[[], None]) -> None:
        self.waiting.append(callback)

    def run(self) -> int:
        count = 0
        while self.waiting:
            self.waiting.pop(0)()
            count += 1
        return count
