"""Everybody who may sign in to the admin page: few, so all of them in memory.

It knows nothing of how somebody signs in.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from tornchat.access import names
from tornchat.store import Journal
from tornchat.store import accounts as rows
from tornchat.store.accounts import AccountRecord

T = TypeVar("T")


class AccountBook:
    """The accounts. What is changed here is on disk when the call returns, and then counts.

    Records are values: a changed one takes the place of the earlier. Built with all records.
    """

    def __init__(self, journal: Journal, records: Iterable[AccountRecord]) -> None:
        self._journal = journal
        self._held = {record.id: record for record in records}

    def __len__(self) -> int:
        return len(self._held)

    @property
    def lacks_admin(self) -> bool:
        """Whether nobody may do everything yet, or any more."""
        return all(record.rooms is not None for record in self._held.values())

    def all(self) -> list[AccountRecord]:
        """Return the accounts in the order of their making."""
        return list(self._held.values())

    def get(self, account_id: int) -> AccountRecord | None:
        """Return an account by its id."""
        return self._held.get(account_id)

    def find(self, name: str) -> AccountRecord | None:
        """Return the account of a name, however it is written: `Ann`, `ann`."""
        folded = names.fold(name)
        return next((record for record in self._held.values() if record.folded == folded), None)

    async def add(
        self,
        name: str,
        *,
        password: str | None = None,
        rooms: frozenset[str] | None = None,
        created: int,
    ) -> AccountRecord:
        """Make an account. Raises Conflict where the name, or one that looks like it, is taken."""
        insert = partial(
            rows.insert_account,
            name=name,
            folded=names.fold(name),
            password=password,
            rooms=rooms,
            created=created,
        )
        record = await self._write(insert)
        self._held[record.id] = record
        return record

    async def change(self, record: AccountRecord) -> None:
        """Put a changed record in the place of the one with its id."""
        await self._write(partial(rows.update_account, record=record))
        if record.id in self._held:
            self._held[record.id] = record

    async def remove(self, account_id: int) -> None:
        """Remove an account with all that hangs on it."""
        await self._write(partial(rows.remove_account, account_id=account_id))
        self._held.pop(account_id, None)

    async def _write(self, work: Callable[[Any], T]) -> T:
        return await asyncio.wrap_future(self._journal.call(work))


def person_of(account_id: int) -> str:
    """Return the id of the person that an account is in the chat and for the Office."""
    return f"a_{account_id}"
