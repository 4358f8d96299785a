"""Paging through a room's past on behalf of a client."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Raw

from tornchat.chat.replay import fitting
from tornchat.errors import BadRequest
from tornchat.protocol import MAX_PAGE, History, HistoryPage, encode
from tornchat.store.history import History as Pages
from tornchat.store.records import Page, RoomRecord

if TYPE_CHECKING:
    from tornchat.chat.client import Client


async def history(client: Client, command: History) -> None:
    """Answer with one page of either view, oldest first."""
    record = client.hub.readable(client, command.room)
    anchors = (command.before, command.after, command.around, command.at)
    if sum(anchor is not None for anchor in anchors) > 1:
        raise BadRequest("expected at most one of before, after, around and at")
    pages = client.hub.history
    limit = min(command.limit, MAX_PAGE)
    if command.view == "log":
        page = await _log_page(pages, record, command, limit)
    else:
        page = await pages.state_page(
            command.room,
            limit=limit,
            before=command.before,
            after=command.after,
            around=command.around,
            at=command.at,
            epoch=record.epoch,
        )
    # One page a turn: fifty people who look back at once must not hold the loop together.
    async with client.hub.turn_for_page:
        _answer(client, command, record, page)
        await asyncio.sleep(0)


def _answer(client: Client, command: History, record: RoomRecord, page: Page) -> None:
    client.hub.readable(client, command.room)  # also now that the page is here
    texts = [encode(entry) for entry in page.entries]
    max_size = client.outlet.outbound_limit // 2
    kept = fitting(texts, max_size, newest=command.after is None)
    client.tell(
        HistoryPage(
            room=command.room,
            epoch=record.epoch,
            first=page.first,
            last=page.last,
            entries=[Raw(text.encode()) for text in kept],
            more=page.more or len(kept) < len(texts),
            ref=command.ref,
        )
    )


async def _log_page(pages: Pages, record: RoomRecord, command: History, limit: int) -> Page:
    """Read the log by position: its seqs have no holes, so each page can be reckoned."""
    log_page = partial(pages.log_page, record.name, epoch=record.epoch)
    if command.after is not None:
        return await log_page(after=command.after, limit=limit)
    if command.at is not None or command.around is not None:
        start = max(record.first, await _start(pages, record, command, limit))
        page = await log_page(after=start - 1, limit=limit)
        page.more = page.more or start > page.first
        return page
    before = record.last + 1 if command.before is None else min(command.before, record.last + 1)
    start = max(record.first, before - limit)
    page = await log_page(after=start - 1, limit=max(before - start, 0))
    page.more = start > page.first
    return page


async def _start(pages: Pages, record: RoomRecord, command: History, limit: int) -> int:
    """Return the first seq of a page around a seq, or from a time on."""
    if command.around is not None:
        return command.around - limit // 2
    found = await pages.state_page(record.name, limit=1, at=command.at, epoch=record.epoch)
    return found.entries[0].seq if found.entries else record.last + 1
