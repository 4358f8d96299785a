"""A process that publishes into a store and says on stdout what it was told; made to be killed.

    python -m tests.store.driver FOLDER COUNT WINDOW [FIRST]

Lines: `ready`, `ack SEQ CLIENT_ID`, `entry SEQ`, `error CLIENT_ID CODE`, and at the end `done`.
A draft that was refused is published again under the same client_id, a moment later.
"""

import os
import queue
import sys
import threading
from pathlib import Path

from tests.store.kit import draft
from tornchat.store import Draft, Group, Store


def main(folder: Path, count: int, window: int, first: int = 0) -> None:
    store = Store.open(folder)
    store.ensure_rooms([("lobby",)])
    waiting: queue.SimpleQueue[Draft] = queue.SimpleQueue()
    for number in range(first, first + count):
        waiting.put(draft(f"text {number}", client_id=f"c{number}"))
    free = threading.Semaphore(window)
    left = threading.Semaphore(0)

    def report(group: Group) -> None:
        lines = [f"entry {e.seq}" for e in group.entries.get("lobby", [])]
        for outcome in group.outcomes:
            if outcome.error is None:
                lines.append(f"ack {outcome.seq} {outcome.draft.client_id}")
                left.release()
            else:
                lines.append(f"error {outcome.draft.client_id} {outcome.error.code}")
                threading.Timer(0.02, waiting.put, [outcome.draft]).start()
            free.release()
        try:
            os.write(1, "".join(f"{line}\n" for line in lines).encode())
        except BrokenPipeError:  # whoever watched is gone
            os._exit(1)

    def publish() -> None:
        while True:
            item = waiting.get()
            free.acquire()
            store.journal.publish(item)

    store.journal.start(report)
    os.write(1, b"ready\n")
    threading.Thread(target=publish, daemon=True).start()
    for _ in range(count):
        left.acquire()
    store.close()
    os.write(1, b"done\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
