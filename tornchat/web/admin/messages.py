"""Messages: those of one room as they come, a search, and deletions that can be called off.

It knows nothing of how they are found or deleted.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from tornchat.admin.deletions import PendingDeletion
from tornchat.errors import BadRequest, NotFound
from tornchat.web.admin.lines import BLANK, fitting, found_lines, room_lines
from tornchat.web.admin.paging import address
from tornchat.web.admin.session import AdminHandler

SIZE: Final = 50
"""Messages on one page."""
VIEW: Final = ("search", "person", "room", "before", "after", "around", "date")
"""What an address says of the view; a form that deletes something comes back to it."""
TOO_LATE: Final = "Too late: it is deleted already."


class MessagesPage(AdminHandler):
    """What a room's messages and the search have in common."""

    def view(self) -> dict[str, str]:
        """Return what the address says of the view."""
        return {name: self.get_query_argument(name, "") for name in VIEW}

    async def found(self, view: Mapping[str, str], room: str | None) -> dict[str, Any]:
        """Return what a search finds, as a template wants it."""
        found = await self.perform(
            "search",
            words=view["search"],
            room=room,
            person=view["person"] or None,
            before=number("before", view["before"]),
            limit=SIZE,
        )
        entries = fitting([hit.entry for hit in found.hits], 0)
        cut = len(entries) < len(found.hits)
        next_page = found.hits[len(entries) - 1].id if cut else found.next
        kept = {name: view[name] for name in ("search", "person", "room")}
        older = address(kept, before=str(next_page)) if next_page else ""
        return {
            "lines": found_lines(
                entries, found.pending, view["search"], several_rooms=room is None
            ),
            "older": older,
            "newer": address(kept) if view["before"] else "",
            "pending": found.pending,
            "behind": found.behind,
            "searching": True,
            "follow": False,
        }

    def put_off(self, pending: list[PendingDeletion], to: str) -> None:
        """End a POST that has put deletions off."""
        count = sum(deletion.count for deletion in pending)
        what = "1 message is" if count == 1 else f"{count:,} messages are"
        ids = "-".join(str(deletion.id) for deletion in pending)
        self.done(f"{what} deleted in 10 seconds.", to, undo=f"messages/call-off/{ids}")

    def back(self, path: str) -> str:
        """Return the way back to the view that the form was on."""
        view = {name: self.form.text(name) for name in VIEW if self.form.text(name)}
        return f"{path}?{urlencode(view)}" if view else path


class RoomMessagesHandler(MessagesPage):
    """`/admin/rooms/{room}/messages`: the newest as they come, older ones, or what is searched."""

    needs_admin = False

    async def get(self, name: str) -> None:
        """Show a page of them; of what cannot be shown say why, above the newest."""
        self.may_moderate(name)
        room = await self.perform("room", name=name)
        view, error = self.view(), None
        try:
            shown = await self._shown(view, name)
        except BadRequest as refusal:
            error = refusal
            shown = await self._page(dict.fromkeys(VIEW, ""), name)
        self.write_admin(
            "admin_room_messages.html",
            title=f"Messages of {room.title}",
            section="rooms",
            tab="messages",
            room=room,
            view=view,
            error=error,
            blank=BLANK,
            **shown,
        )

    async def _shown(self, view: Mapping[str, str], name: str) -> dict[str, Any]:
        if view["search"] or view["person"]:
            return await self.found(view, name)
        return await self._page(view, name)

    async def _page(self, view: Mapping[str, str], name: str) -> dict[str, Any]:
        where = {key: number(key, view[key]) for key in ("before", "after", "around")}
        at = midnight(view["date"])
        page = await self.perform("messages", room=name, at=at, limit=SIZE, **where)
        around, onward = where["around"], at is not None or where["after"] is not None
        near = 0 if onward else len(page.entries) - 1
        if around is not None:
            near = sum(entry.seq < around for entry in page.entries)
        entries = fitting(page.entries, near)
        newest = at is None and not any(view[key] for key in where)
        first = entries[0].seq if entries else page.first
        last = entries[-1].seq if entries else page.last
        return {
            "lines": room_lines(entries, page.pending),
            "older": address({}, before=str(first)) if first > page.first else "",
            "newer": "" if newest or last >= page.last else address({}, after=str(last)),
            "pending": page.pending,
            "behind": 0,
            "searching": False,
            "follow": newest,
            "last": page.last,
        }


class MessagesHandler(MessagesPage):
    """`/admin/messages`: a search over all rooms."""

    async def get(self) -> None:
        """Show the form, and what was found or why nothing could be looked for."""
        view, found, error = self.view(), None, None
        try:
            if view["search"] or view["person"]:
                found = await self.found(view, view["room"] or None)
        except (BadRequest, NotFound) as refusal:
            error = refusal
        nothing = {"lines": [], "older": "", "newer": "", "pending": [], "behind": 0}
        self.write_admin(
            "admin_messages.html",
            title="Messages",
            section="messages",
            view=view,
            error=error,
            asked=found is not None,
            **(found or nothing),
        )


class DeleteHandler(MessagesPage):
    """`/admin/messages/delete`: of what a search has found, `room:seq` each."""

    async def post(self) -> None:
        """Let the chosen ones be deleted in a moment."""
        chosen: dict[str, list[int]] = {}
        for value in self.form.all("seq"):
            room, _, seq = value.rpartition(":")
            chosen.setdefault(room or self.form.text("room"), []).append(required("seq", seq))
        if not chosen:
            raise BadRequest("Nothing was deleted: no message was chosen.")
        pending = [
            await self.perform("delete_messages", room=room, seqs=seqs)
            for room, seqs in chosen.items()
        ]
        self.put_off(pending, self.back("messages"))


class DeleteOfHandler(MessagesPage):
    """`/admin/messages/delete-of`: all that somebody has written, in all rooms or in one."""

    async def post(self) -> None:
        """Let it be deleted in a moment."""
        person, room = self.form.text("person"), self.form.text("room") or None
        pending = await self.perform("delete_of", person=person, room=room)
        self.put_off([pending], self.back("messages"))


class RoomDeleteMessagesHandler(MessagesPage):
    """`/admin/rooms/{room}/messages/delete`."""

    needs_admin = False

    async def post(self, name: str) -> None:
        """Let the chosen ones be deleted in a moment."""
        self.may_moderate(name)
        seqs = [required("seq", value) for value in self.form.all("seq")]
        if not seqs:
            raise BadRequest("Nothing was deleted: no message was chosen.")
        pending = await self.perform("delete_messages", room=name, seqs=seqs)
        self.put_off([pending], self.back(f"rooms/{name}/messages"))


class RoomDeleteOfHandler(MessagesPage):
    """`/admin/rooms/{room}/messages/delete-of`: all that somebody has written there."""

    needs_admin = False

    async def post(self, name: str) -> None:
        """Let it be deleted in a moment."""
        self.may_moderate(name)
        pending = await self.perform("delete_of", person=self.form.text("person"), room=name)
        self.put_off([pending], self.back(f"rooms/{name}/messages"))


class CallOffHandler(AdminHandler):
    """`/admin/messages/call-off/{ids}`: some deletions, all from one form."""

    needs_admin = False

    async def post(self, ids: str) -> None:
        """Let them not happen, and go where the messages are."""
        rooms, late = set(), False
        for number_ in ids.split("-"):
            try:
                rooms.add((await self.perform("call_off", id=int(number_))).room)
            except NotFound:
                late = True
        message = TOO_LATE if late and not rooms else "Called off: nothing is deleted."
        elsewhere = "messages" if self.actor.rooms is None else "rooms"
        only = rooms.pop() if len(rooms) == 1 else None
        self.done(message, f"rooms/{only}/messages" if only else elsewhere)


def number(name: str, text: str) -> int | None:
    """Return a number from an address, None for none. Raises BadRequest."""
    return required(name, text) if text else None


def required(name: str, text: str) -> int:
    """Return a number. Raises BadRequest for what is none."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise BadRequest(f"{name}: expected a number")
    return int(text)


def midnight(text: str) -> int | None:
    """Return when a day begins (UTC ms), None for no day. Raises BadRequest."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        return max(0, int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000))
    except ValueError:
        raise BadRequest("date: expected a day such as 2026-11-21") from None
