"""What a flood costs those beside it: the same people in the same room, without and with it."""

import json
import sys
import tempfile
from pathlib import Path

from bench import machine
from bench.contenders import LIMITED
from bench.process import Child
from bench.results import Flood, Run
from bench.stage import Actor, Stage

PEOPLE = 20
RATE = 50.0
"""Messages of all of them together a second: each stays within the shipped limits."""
PATIENCE_SECONDS = 20.0


def flooded(pairs: int, seconds: float) -> Flood:
    """Measure pairs of runs, in turn quiet first and flooded first (A B B A …)."""
    found = Flood(PEOPLE, RATE)
    with (
        Stage([LIMITED], PEOPLE) as stage,
        tempfile.TemporaryDirectory(dir=machine.BUILD) as folder,
    ):
        (actor,) = stage.actors
        command = [sys.executable, "-m", "bench.flooder", "127.0.0.1", str(actor.port)]
        with Child(command, core=machine.cores()[1], folder=Path(folder)) as flooder:
            _talk(actor, 1.0)
            for number in range(pairs):
                for flood in (False, True) if number % 2 == 0 else (True, False):
                    if flood:
                        flooder.say(f"flood {seconds}")
                        found.beside.append(_talk(actor, seconds))
                        found.sent += json.loads(flooder.line(PATIENCE_SECONDS))["sent"]
                    else:
                        found.quiet.append(_talk(actor, seconds))
    return found


def _talk(actor: Actor, seconds: float) -> Run:
    return actor.run(rate=RATE, seconds=seconds, publishers=PEOPLE)
