"""kill -9 at random moments: what was acknowledged is there, once, in its place."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.kit import Chat

ROUNDS = 5


def run_and_kill(folder: Path, seconds: float, first: int) -> dict[int, str]:
    """Let a process publish for a while, kill it, and return what it had acknowledged."""
    command = [sys.executable, "-m", "tests.store.driver", folder, "100000", "40", str(first)]
    driver = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with driver:
        assert driver.stdout is not None
        assert driver.stdout.readline() == "ready\n"
        time.sleep(seconds)
        driver.kill()
        lines = [line.split() for line in driver.stdout.read().splitlines(keepends=True)[:-1]]
    acks = [(int(words[1]), words[2]) for words in lines if words[0] == "ack"]
    assert len(dict(acks)) == len(acks)
    return dict(acks)


@pytest.mark.slow
def test_kill_loses_doubles_skips_and_reuses_nothing(
    folder: Path, open_chat: Callable[..., Chat]
) -> None:
    dice = random.Random(4711)
    acked: dict[int, str] = {}
    for turn in range(ROUNDS):
        new = run_and_kill(folder, dice.uniform(0.02, 0.3), turn * 1_000_000)
        assert not acked.keys() & new.keys(), "a seq was used twice"
        acked |= new
        started = time.monotonic()
        chat = open_chat()
        found = {e.seq: e.client_id for e in chat.log(limit=10**6).entries}
        assert time.monotonic() - started < 3
        chat.close()
        assert acked.items() <= found.items(), "acknowledged and lost"
        assert list(found) == list(range(1, len(found) + 1)), "a hole"
        assert len(set(found.values())) == len(found), "doubled"
    assert len(acked) > ROUNDS * 10
