"""A process that opens a store or deletes its lobby, and kills itself before a given statement.

    python -m tests.store.killed open|delete FOLDER NUMBER

Ends with 0 where it needed fewer statements than that.
"""

import asyncio
import itertools
import os
import signal
import sys
from pathlib import Path
from typing import Any

from peewee import SqliteDatabase

from tornchat.store import Store, sweep
from tornchat.store.rooms import delete_room


def kill_before(number: int) -> None:
    """Die before that statement (BEGIN and COMMIT count) on any connection, counted from now."""
    numbers = itertools.count()
    execute = SqliteDatabase.execute_sql

    def execute_or_die(self: SqliteDatabase, *args: Any) -> Any:
        if next(numbers) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(self, *args)

    SqliteDatabase.execute_sql = execute_or_die


def main(what: str, folder: Path, number: int) -> None:
    if what == "open":
        kill_before(number)
        Store.open(folder).close()
        return
    store = Store.open(folder)
    store.journal.start(lambda group: None)
    kill_before(number)
    store.journal.call(lambda database: delete_room(database, "lobby", 5)).result()
    asyncio.run(sweep(store.journal))
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
