"""One-time links that let somebody set a password: the first account's, and anybody's later.

It knows nothing of passwords or of where a link leads.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from functools import partial
from hashlib import sha256
from typing import Final

from tornchat.store import Journal
from tornchat.store import accounts as rows
from tornchat.store.accounts import LinkRecord

LIFETIME: Final = 1800
"""Seconds."""
_CODE_BYTES: Final = 32


class LoginLinks:
    """The links that nobody has used yet, by the SHA-256 of their codes.

    Each is for one account (None: the first one that is made), which has one link at a time; it
    counts once, within half an hour. `clock` gives UTC seconds.
    """

    def __init__(
        self, journal: Journal, records: Iterable[LinkRecord], clock: Callable[[], float]
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._held = {record.digest: record for record in records}

    async def issue(self, account_id: int | None) -> tuple[str, int]:
        """Return the code of a new link, which is nowhere else, and when it expires (UTC ms)."""
        code = secrets.token_urlsafe(_CODE_BYTES)
        record = LinkRecord(_digest(code), account_id, self._now() + LIFETIME * 1000)
        insert = partial(rows.insert_link, record=record)
        await asyncio.wrap_future(self._journal.call(insert))
        self.forget(account_id)
        self._held[record.digest] = record
        return code, record.expires

    def find(self, code: str) -> LinkRecord | None:
        """Return the link of a code, if it counts."""
        found = self._held.get(_digest(code))
        return found if found is not None and found.expires > self._now() else None

    async def take(self, code: str) -> LinkRecord | None:
        """Use a link up and return it; None where it does not count (any more)."""
        found = self.find(code)
        if found is not None:
            del self._held[found.digest]  # before anybody else comes
            remove = partial(rows.remove_link, digest=found.digest)
            await asyncio.wrap_future(self._journal.call(remove))
        return found

    def forget(self, account_id: int | None) -> None:
        """Drop the link of an account, which is gone from the disk already."""
        self._held = {d: link for d, link in self._held.items() if link.account_id != account_id}

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _digest(code: str) -> bytes:
    return sha256(code.encode("utf-8", "surrogatepass")).digest()
