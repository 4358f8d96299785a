"""Changes that are carried through, also where whoever asked for them has gone.

It knows nothing of what changes.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def whole(
    change: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Let a coroutine function run to its end although its caller is cancelled.

    Else a change could be on disk and not in memory: a key that was revoked would still open.
    While it waits for the disk, the journal holds it; nothing else has to.
    """

    @wraps(change)
    async def carried(*args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.shield(asyncio.ensure_future(change(*args, **kwargs)))

    return carried
