"""The collector's short steps, and what they rest on: people who leave are freed at once."""

import asyncio
import gc
from collections import Counter
from pathlib import Path

import pytest

from tests.kit.chat import ChatClient
from tests.kit.server import HOST, free_port
from tests.kit.transport import Address
from tests.kit.transports import ALL
from tornchat import heap
from tornchat.app import App
from tornchat.config import load

EACH = 3


pytestmark = pytest.mark.usefixtures("settled_heap")


def test_what_was_built_is_set_aside() -> None:
    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects(generation=2)) < 100


def test_a_sweep_collects_what_is_new_and_sets_the_rest_aside() -> None:
    heap.settle()
    before = gc.get_freeze_count()
    alive = []
    while gc.get_count()[2] < heap.SWEEP_AT:
        loop: list[object] = []
        loop.append(loop)
        alive.append([loop])
    alive = alive[: len(alive) // 2]
    heap.sweep()
    assert gc.get_count()[2] == 0
    assert len(gc.get_objects(generation=2)) < 100
    assert gc.get_freeze_count() - before >= 2 * len(alive)


def test_a_sweep_does_nothing_while_little_is_new() -> None:
    before = gc.get_freeze_count()
    heap.sweep()
    assert gc.get_freeze_count() == before


def test_people_who_leave_are_freed_by_their_reference_counts(tmp_path: Path) -> None:
    async def come_and_go(app: App) -> None:
        at = Address(HOST, int(app.address.rstrip("/").rpartition(":")[2]))
        kinds = [kind for kind in ALL for _ in range(EACH)]
        people = [await ChatClient.enter(k(), at, "lobby", name=k.name) for k in kinds]
        await asyncio.gather(*(person.send("lobby", "hello") for person in people))
        for person in people:
            await person.close()
        async with asyncio.timeout(20):
            while sum(app._router.sessions.values()):
                await asyncio.sleep(0.01)

    async def main() -> Counter[str]:
        app = App(load(path, {}, {}))
        await app.start()
        await come_and_go(app)
        gc.collect()
        gc.disable()
        try:
            await come_and_go(app)
            return in_cycles()
        finally:
            gc.enable()
            await app.stop()

    path = tmp_path / "tornchat.conf"
    path.write_text(f"[server]\nlisten = {HOST}:{free_port()}\n[room lobby]\n")
    assert asyncio.run(main()) == {}


def in_cycles() -> Counter[str]:
    """Collect, and count what was found of the server's own, by type."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        kinds = (type(found) for found in gc.garbage)
        names = (f"{kind.__module__}.{kind.__qualname__}" for kind in kinds)
        return Counter(n for n in names if n.startswith(("tornchat.", "tornado.")))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
