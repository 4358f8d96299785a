"""A process in which a server is started and stopped, and what it leaves there is counted.

    python -m tests.e2e.leftovers CONFIG ROUNDS

Prints a JSON list: what is there after a first time, which Python itself may keep something of,
and after each of so many rounds.
"""

import asyncio
import gc
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from tests.e2e.crowd import ROOM
from tests.kit.chat import ChatClient
from tests.kit.server import HOST
from tests.kit.transport import Address
from tests.kit.transports import ALL
from tornchat.app import App
from tornchat.config import Config, load

SETTLE_SECONDS = 3.0


async def main(path: Path, rounds: int) -> None:
    config = load(path, {}, {})
    await serve_and_stop(config)
    found = [left()]
    for _ in range(rounds):
        await serve_and_stop(config)
        found.append(await settled(found[0]))
    sys.stdout.write(json.dumps(found))


async def serve_and_stop(config: Config) -> None:
    """Run a server in this loop; half of its guests go before it, the others see its end."""
    app = App(config)
    await app.start()
    at = Address(HOST, int(app.address.rstrip("/").rpartition(":")[2]))
    people = [await ChatClient.enter(k(), at, ROOM, name=k.name) for k in (*ALL, *ALL)]
    await asyncio.gather(*(person.send(ROOM, "hello") for person in people))
    for person in people[: len(ALL)]:
        await person.close()
    await app.stop()
    for person in people[len(ALL) :]:
        await person.wait_closed()
        await person.close()


async def settled(wanted: dict[str, Any]) -> dict[str, Any]:
    """Count, and give what is just about to end a moment for it."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + SETTLE_SECONDS
    while (found := left()) != wanted and loop.time() < deadline:
        await asyncio.sleep(0.01)
    return found


def left() -> dict[str, Any]:
    """Count what a server might have left in this process (the loop keeps a thread of its own)."""
    gc.collect()
    loop = asyncio.get_running_loop()
    timers = [handle for handle in loop._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]
    threads = [t.name for t in threading.enumerate() if not t.name.startswith("asyncio_")]
    return {
        "tasks": len(asyncio.all_tasks()),
        "timers": len(timers),
        "threads": threads,
        "descriptors": len(os.listdir("/proc/self/fd")),
    }


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
