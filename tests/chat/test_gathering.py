"""Small writes that share a commit."""

import asyncio
from functools import partial
from typing import Any

import pytest

from tests.admin.office import Office, scenario
from tornchat.chat.gathering import GROUP_LIMIT, Gathering
from tornchat.errors import NotFound, Overloaded
from tornchat.store import tokens as rows


class Counted:
    """A journal that counts what it is asked to do."""

    def __init__(self, journal: Any) -> None:
        self.calls = 0
        self._journal = journal

    def call(self, work: Any) -> Any:
        self.calls += 1
        return self._journal.call(work)


def noted(log: list[int], number: int, database: Any) -> None:
    log.append(number)


@scenario()
async def test_writes_of_one_moment_share_commits_in_order(office: Office) -> None:
    journal, log = Counted(office.store.journal), list[int]()
    gathering = Gathering(journal)  # type: ignore[arg-type]
    writes = [gathering.write(partial(noted, log, n)) for n in range(2 * GROUP_LIMIT + 1)]
    await asyncio.gather(*writes)
    assert log == list(range(2 * GROUP_LIMIT + 1))
    assert journal.calls == 3
    await gathering.write(partial(noted, log, -1))
    assert journal.calls == 4


@scenario()
async def test_refusal_of_one_leaves_the_others_be(office: Office) -> None:
    gathering, log = Gathering(office.store.journal), list[int]()
    refused = gathering.write(partial(rows.revoke_token, token_id=7, time=1))
    good = gathering.write(partial(noted, log, 1))
    with pytest.raises(NotFound):
        await refused
    await good
    assert log == [1]


@scenario()
async def test_journal_that_takes_nothing_fails_the_group(office: Office) -> None:
    gathering, log = Gathering(office.store.journal), list[int]()
    await asyncio.to_thread(office.store.journal.stop)
    writes = [gathering.write(partial(noted, log, n)) for n in range(2)]
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(result) for result in results] == [Overloaded, Overloaded]
    assert log == []


@scenario()
async def test_write_that_nobody_waits_for_may_fail(
    office: Office,
) -> None:
    gathering, log = Gathering(office.store.journal), list[int]()
    gathering.note(partial(rows.revoke_token, token_id=7, time=1))
    dropped = gathering.write(partial(noted, log, 1))
    dropped.cancel()
    await gathering.write(partial(noted, log, 2))
    assert log == [1, 2]
