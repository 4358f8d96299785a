"""Sends a thousand messages a second for a while, and comes back each time it is closed.

    python -m tests.e2e.flooder PORT SECONDS

A process of its own, so that it takes no time from those whose delays are measured.
"""

import asyncio
import contextlib
import os
import sys
import time

from tests.kit.chat import ChatClient, Refused
from tests.kit.server import HOST
from tests.kit.transport import Address
from tests.kit.transports import RawWebSocket
from tests.kit.wire import Closed

RATE = 1000


async def main(port: int, seconds: float) -> None:
    end, sent = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        client = ChatClient(RawWebSocket(), remember=False)
        with contextlib.suppress(Closed, OSError, TimeoutError, Refused):
            await client.open(Address(HOST, port))
            await client.hello("Flooder")
            await client.join("lobby")
            began, here = time.monotonic(), 0
            while time.monotonic() < end and client.closed is None:
                await client.post("send", room="lobby", text="flood", client_id=f"k{sent}")
                sent, here = sent + 1, here + 1
                await asyncio.sleep(max(0.0, began + here / RATE - time.monotonic()))
        await client.close()
    sys.stdout.write(str(sent))


if __name__ == "__main__":
    os.nice(10)  # what it costs the server counts, not what it costs the machine
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
