"""Crowds of resilient clients on all transports, and the verdict on what they were shown."""

import asyncio
import itertools
from collections.abc import Iterable, Sequence

from tests.kit.chat import ChatClient
from tests.kit.checker import Fault, check, log_of
from tests.kit.resilient import ResilientClient
from tests.kit.screen import Shown
from tests.kit.server import ServerProcess
from tests.kit.transports import TRANSPORTS, RawWebSocket
from tests.kit.waiting import until

ROOM = "lobby"
NO_LIMITS = {"limits": {"messages_per_second": 0, "joins_per_second": 0}}


def figure(words: str) -> None:
    """Print a figure that a claim of the project rests on (`pytest -s` shows it)."""
    print(f"\n    {words}")  # noqa: T201


class Crowd:
    """Resilient clients, `each` on every transport, all in one room of one server.

    async with Crowd(server, each=2) as crowd:
        crowd.write()                  # everybody writes as fast as they are acknowledged
        ...
        await crowd.hush()
        log = await crowd.log()
        assert not await crowd.faults(log)

    `sent` lists the client_ids of all that was ever written. `padding` is added to each text.
    """

    def __init__(
        self, server: ServerProcess, *, each: int = 1, room: str = ROOM, padding: str = ""
    ) -> None:
        self.server = server
        self.room = room
        self.padding = padding
        self.clients = [
            ResilientClient(
                kind, server.at, room, name=f"{name} {number}", max_delay=0.2, seed=number
            )
            for number in range(each)
            for name, kind in TRANSPORTS.items()
        ]
        self.sent: list[str] = []
        self._numbers = itertools.count()
        self._writers: list[asyncio.Task[None]] = []
        self._writing = False

    async def __aenter__(self) -> "Crowd":
        await asyncio.gather(*(client.start() for client in self.clients))
        return self

    async def __aexit__(self, *_: object) -> None:
        for writer in self._writers:
            writer.cancel()
        await asyncio.gather(*self._writers, return_exceptions=True)
        await asyncio.gather(*(client.stop() for client in self.clients))

    @property
    def acked(self) -> int:
        """How many acknowledgements have come, all together."""
        return sum(len(client.acks) for client in self.clients)

    @property
    def cuts(self) -> int:
        """How many connections were lost and made again."""
        return sum(client.connections - 1 for client in self.clients)

    async def online(self, patience: float = 20) -> None:
        """Wait until everybody is online."""
        offline = lambda: [c.name for c in self.clients if not c.online]  # noqa: E731
        await until(lambda: not offline(), "everybody online", patience=patience)

    def write(self, *, rate: float = 0, writers: Iterable[ResilientClient] | None = None) -> None:
        """Let clients write, one message after the other; at `rate` per second all together."""
        chosen = list(writers or self.clients)
        self._writing = True
        pause = len(chosen) / rate if rate else 0.0
        for place, client in enumerate(chosen):
            delay = pause * place / len(chosen)
            self._writers.append(asyncio.create_task(self._write(client, pause, delay)))

    async def hush(self, patience: float = 20) -> None:
        """Write no more, and wait until everything written is acknowledged."""
        self._writing = False
        async with asyncio.timeout(patience):
            await asyncio.gather(*self._writers)
            await asyncio.gather(*(client.settled(patience) for client in self.clients))

    async def log(self) -> list[Shown]:
        """Return the whole log, and wait until everybody has seen its end."""
        log = await whole_log(self.server, self.room)
        last = log[-1].seq if log else 0
        await asyncio.gather(*(c.caught_up(self.room, last, 20) for c in self.clients))
        return log

    def faults(self, log: Sequence[Shown]) -> list[Fault]:
        """Hold everything anybody was told against the log.

        What a client had to heal counts as well: on a connection that holds nothing may be missing.
        """
        healed = [
            Fault("gap", str(client.name), f"{seq} came after {cursor}, and was asked for again")
            for client in self.clients
            for cursor, seq in client.views[self.room].holes
        ]
        return healed + check(
            log=log,
            acks=[ack for client in self.clients for ack in client.acks],
            screens={str(c.name): c.views[self.room].screens for c in self.clients},
            sent=self.sent,
        )

    async def _write(self, client: ResilientClient, pause: float, delay: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + delay
        while self._writing:
            await asyncio.sleep(max(0.0, due - loop.time()))
            due += pause
            number = next(self._numbers)
            self.sent.append(f"w{number}")
            text = f"line {number} of {client.name}{self.padding}"
            acked = client.say(self.room, text, f"w{number}")
            if not pause:
                await acked


async def whole_log(server: ServerProcess, room: str = ROOM) -> list[Shown]:
    """Read a room's log as the server gives it out now."""
    async with await ChatClient.enter(RawWebSocket(), server.at, room, name="reader") as reader:
        epoch = reader.seen("joined")[0]["epoch"]
        return log_of(epoch, await reader.whole_log(room))
