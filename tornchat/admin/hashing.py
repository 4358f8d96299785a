"""Passwords, looked at beside the loop: two at a time, and few who wait.

It knows nothing of accounts.
"""

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from tornchat.access import passwords
from tornchat.errors import Overloaded

THREADS: Final = 2
MOST_WAITING: Final = 32
"""A second's worth: who comes later is told so at once."""

P = ParamSpec("P")
T = TypeVar("T")


class Hashing:
    """Threads that hash. They are made when first needed; `stop` ends them."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="passwords")
        self._under_way = 0

    async def fits(self, kept: str | None, text: str) -> bool:
        """Return whether a password is the kept one; None fits nothing, in the same time."""
        return await self._run(passwords.fits, kept, text)

    async def new(self, text: str, about: Collection[str]) -> str:
        """Return what is kept of a new password. Raises BadRequest for one that will not do."""
        return await self._run(_new, text, about)

    def stop(self) -> None:
        """End the threads; what they are at is finished first."""
        self._threads.shutdown(cancel_futures=True)

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._under_way >= THREADS + MOST_WAITING:
            raise Overloaded(
                "Too many people sign in at once. Try again in a moment.", retry_after=2
            )
        self._under_way += 1
        try:
            return await asyncio.wrap_future(self._threads.submit(work, *args, **kwargs))
        finally:
            self._under_way -= 1


def _new(text: str, about: Collection[str]) -> str:
    return passwords.hashed(passwords.check(text, about))
