"""A stage: contenders with N subscribers each, side by side, so that rounds can go A B A B.

Only one of them is given work at a time; the others hold their connections and wait.
"""

import json
import re
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self
from urllib.request import urlopen

from bench import machine
from bench.contenders import Contender
from bench.process import Child, ChildError
from bench.results import Connections, Run
from bench.stats import longest_ms

START_SECONDS = 20.0
CONNECT_SECONDS = 120.0
RUN_SECONDS = 60.0
FROM_ONE_ADDRESS = 10_000
SETTLE_SECONDS = 0.6
"""Longer than two ticks of tornchat's presence: what the joins caused is over then."""


TURN = re.compile(r'tornchat_loop_turn_seconds_bucket\{le="(.+)"\}')


class Actor:
    """One server with its generator, and its connections open.

    Life cycle: `start` (raises ChildError), `run` any number of times, and the end of `stack`.
    """

    def __init__(self, contender: Contender, subscribers: int, stack: ExitStack) -> None:
        self.contender = contender
        self.subscribers = subscribers
        self._stack = stack
        self.broken = ""

    def start(self, *, spread: bool = False) -> Connections:
        """Start both programs and connect. Raises ChildError."""
        folder = self._folder()
        command = self.contender.command(folder)
        if command is None:
            raise ChildError(f"needs {self.contender.needs}")
        servers, generators = machine.cores()
        self.server = self._stack.enter_context(Child(command, core=servers, folder=folder))
        self.port = self._port()
        before, turns = self.server.memory_kb(), self.turns()
        program = self._generator(spread)
        self._load = self._stack.enter_context(
            Child(program, core=generators, folder=self._folder())
        )
        seconds = self._answer(CONNECT_SECONDS)["seconds"]
        self._load.say(f"settle {SETTLE_SECONDS}")
        self._answer(CONNECT_SECONDS)
        return Connections(
            peer=self.contender.name,
            subscribers=self.subscribers,
            per_second=self.subscribers / seconds,
            kb=(self.server.memory_kb() - before) / self.subscribers,
            held_ms=longest_ms(turns, self.turns()),
        )

    def run(
        self,
        *,
        window: int = 0,
        rate: float = 0,
        seconds: float,
        least: int = 1,
        publishers: int = 1,
    ) -> Run:
        """Publish as bench/load.py says. After a failure all runs are empty; `broken` says why."""
        if self.broken:
            return Run()
        try:
            self._load.say(f"run {window} {rate} {seconds} {least} {publishers}")
            found = self._answer(seconds + RUN_SECONDS)
        except (ChildError, OSError) as error:
            self.broken = str(error)
            return Run()
        if found["received"] != found["expected"] or found["lost"]:
            self.broken = f"{found['expected'] - found['received']:.0f} deliveries missing"
            return Run()
        return Run(
            per_second=found["received"] / found["seconds"],
            p50_ms=found["p50_us"] / 1000,
            p99_ms=found["p99_us"] / 1000,
        )

    def turns(self) -> dict[float, float]:
        """Return how many turns of the loop were at most so long (seconds); empty for peers."""
        if not self.contender.durable:
            return {}
        pairs = ((TURN.fullmatch(name), count) for name, count in self.metrics().items())
        return {float(match[1]): count for match, count in pairs if match}

    def metrics(self) -> dict[str, float]:
        """Return tornchat's figures: names with labels, as Prometheus has them."""
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}

    def _folder(self) -> Path:
        machine.BUILD.mkdir(exist_ok=True)
        return Path(self._stack.enter_context(tempfile.TemporaryDirectory(dir=machine.BUILD)))

    def _port(self) -> int:
        line = self.server.line(START_SECONDS)
        found = re.search(r"ready (?:at http://127\.0\.0\.1:)?(\d+)", line)
        if not found:
            raise ChildError(f"said {line!r} instead of its port")
        return int(found[1])

    def _generator(self, spread: bool) -> list[str]:
        wire, native = self.contender.wire, machine.compiled("load")
        program = [str(native)] if native else [sys.executable, "-m", "bench.load"]
        return [
            *program,
            "127.0.0.1",
            str(self.port),
            str(self.subscribers),
            wire.path,
            wire.ready,
            wire.publish,
            str(int(spread)),
            *wire.pre,
        ]

    def _answer(self, timeout: float) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._load.line(timeout))
        return found


class Stage:
    """Actors side by side. `connections` has the figures of connecting, `skipped` who is absent.

    with Stage(contenders, 1000) as stage:
        for actor in stage.actors: actor.run(window=1, seconds=1)
    """

    def __init__(self, contenders: Sequence[Contender], subscribers: int) -> None:
        self._contenders = contenders
        self._subscribers = subscribers
        self.actors: list[Actor] = []
        self.connections: list[Connections] = []
        self.skipped: dict[str, str] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for contender in self._contenders:
                self._start(contender, stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self, contender: Contender, stack: ExitStack) -> None:
        actor = Actor(contender, self._subscribers, stack)
        try:
            self.connections.append(actor.start(spread=self._subscribers > FROM_ONE_ADDRESS))
        except ChildError as error:
            self.skipped[contender.name] = str(error)
        else:
            self.actors.append(actor)
