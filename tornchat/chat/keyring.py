"""Invites and API keys, all in memory: who holds which, and whether it still counts.

It knows nothing of live rooms or connections; whoever changes something here tells the hub.
"""

import asyncio
import heapq
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from tornchat.access import secrets
from tornchat.chat.bindings import Bindings
from tornchat.chat.gathering import Gathering
from tornchat.chat.tokens import TokenSpec, alive, ended, new_token, prefix, used_up
from tornchat.errors import NotFound, Unauthorized
from tornchat.store import Store, TokenRecord
from tornchat.store import rooms as room_rows
from tornchat.store import tokens as rows

T = TypeVar("T")

TOUCH_SECONDS = 60.0
"""How exact "last use" is on disk; in memory it is exact."""


class Keyring:
    """The opaque tokens of this server, and the persons that invites have bound.

    Built with the store open; everything is read once, and looked up in memory from then on. A
    change is committed before it counts. What is revoked or has expired stays listed, and stops
    counting at once wherever it is asked about. `clock` gives UTC seconds.

    A *use* of an invite is one person's first join: it binds that person to the room, and later
    joins of the same person do not count. Keys bind nobody.
    """

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._journal = store.journal
        self._gathering = Gathering(store.journal)
        self._clock = clock
        self._tokens: dict[int, TokenRecord] = {}
        self._by_digest: dict[bytes, TokenRecord] = {}
        self._bindings = Bindings()
        self._binding: dict[int, dict[str, asyncio.Future[None]]] = {}
        self._touched: dict[int, float] = {}
        self._expiring: list[tuple[int, int]] = []
        for token in store.tokens():
            self._add(token)
        for token_id, room, person_id, role in store.bindings():
            if token_id in self._tokens and self._tokens[token_id].revoked is None:
                self._bindings.add(token_id, room, person_id, role)

    # ── asking ───────────────────────────────────────────────────────────────────────────────────

    def find(self, text: str) -> TokenRecord | None:
        """Return the token of this text, usable or not; None for what was not issued here.

        The look-up is by the text's SHA-256, so its time tells nothing of what would have fitted.
        """
        if secrets.kind_of(text) is None:
            return None
        return self._by_digest.get(secrets.digest(text))

    def get(self, token_id: int) -> TokenRecord:
        """Return a token by its number. Raises NotFound."""
        token = self._tokens.get(token_id)
        if token is None:
            raise NotFound(f"no token {token_id}")
        return token

    def tokens(self, room: str | None = None) -> list[TokenRecord]:
        """List all tokens, or those of a room (or pattern), newest first."""
        found = [t for t in self._tokens.values() if room is None or t.room == room]
        return sorted(found, key=lambda token: token.id, reverse=True)

    def refusal(self, token: TokenRecord, person_id: str | None = None) -> str | None:
        """Say in words why a token does not count (for this person), or None where it does."""
        words = ended(token, self._now())
        if words is None and token.uses is not None and not self._counted(token, person_id):
            reserved = len(self._binding.get(token.id, ()))
            return used_up(token) if token.used + reserved >= token.uses else None
        return words

    def role_for(self, person_id: str | None, room: str) -> str | None:
        """Return the highest role that invites have bound to a person in a room."""
        return self._bindings.role(person_id, room, self._counts)

    def lapsed(self) -> list[TokenRecord]:
        """Return the tokens that have expired since this was asked last.

        Next, ask everybody in the room of an invite again, and end the connections of a key.
        """
        now, found = self._now(), []
        while self._expiring and self._expiring[0][0] <= now:
            token = self._tokens.get(heapq.heappop(self._expiring)[1])
            if token is not None and token.revoked is None:
                found.append(token)
        return found

    # ── using ────────────────────────────────────────────────────────────────────────────────────

    async def use(self, token: TokenRecord, person_id: str, place: str) -> None:
        """Bind a person to an invite's room, once; the answer waits for the commit.

        Raises Unauthorized, in words, where the invite does not count for this person: also for
        the second of two who come for the last use at the same moment.
        """
        pending = self._binding.get(token.id, {}).get(person_id)
        if pending is None:
            self._check(token, person_id)
            if self._bindings.holds(token.id, person_id):
                self.touch(token, place)
                return
            pending = self._begin(token, person_id, place)
        await asyncio.shield(pending)

    def touch(self, token: TokenRecord, place: str) -> None:
        """Note a use that binds nobody: now in memory, and on disk at most once a minute."""
        now = self._clock()
        token.last_used, token.last_place = int(now * 1000), prefix(place)
        if now - self._touched.get(token.id, 0.0) >= TOUCH_SECONDS:
            self._touched[token.id] = now
            self._gathering.note(
                partial(rows.touch, token_id=token.id, time=token.last_used, place=token.last_place)
            )

    # ── changing ─────────────────────────────────────────────────────────────────────────────────

    async def create(self, spec: TokenSpec) -> tuple[str, TokenRecord]:
        """Make a token; its text is returned here and never again."""
        text, token = new_token(spec, self._now())
        token.id = await self._write(partial(_insert, token=token))
        self._add(token)
        return text, token

    async def revoke(self, token_id: int) -> TokenRecord:
        """Take a token back, and unbind whom it has bound; the second time changes nothing."""
        token = self.get(token_id)
        if token.revoked is None:
            time = self._now()
            await self._write(partial(rows.revoke_token, token_id=token_id, time=time))
            self._drop(token, time)
        return token

    async def rotate(self, spec: TokenSpec, *, by: str | None) -> tuple[str, TokenRecord]:
        """Revoke all invites of a room and unbind everybody, and make a new one, all in one.

        `by`, a person's id, is bound to the new one. The room is rotated at the token's `created`.
        """
        text, token = new_token(spec, self._now())
        token.used = int(by is not None)
        token.id = await self._write(partial(_rotate, token=token, by=by))
        for other in self.tokens(token.room):
            if other.kind == "invite" and other.revoked is None:
                self._drop(other, token.created)
        self._add(token)
        if by is not None:
            token.last_used = token.created
            self._bindings.add(token.id, token.room, by, token.role)
        return text, token

    def forget_room(self, room: str) -> None:
        """Forget the tokens of a room that was deleted, and whom they have bound."""
        for token in self.tokens(room):
            self._bindings.drop(token.id, room)
            del self._tokens[token.id], self._by_digest[token.digest]
            self._touched.pop(token.id, None)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _now(self) -> int:
        return int(self._clock() * 1000)

    def _counts(self, token_id: int) -> bool:
        return alive(self._tokens[token_id], self._now())

    def _counted(self, token: TokenRecord, person_id: str | None) -> bool:
        """Say whether one of the uses is this person's, be it still on its way to the disk."""
        pending = person_id in self._binding.get(token.id, ())
        return pending or self._bindings.holds(token.id, person_id)

    def _check(self, token: TokenRecord, person_id: str) -> None:
        reason = self.refusal(token, person_id)
        if reason is not None:
            raise Unauthorized(reason)

    def _add(self, token: TokenRecord) -> None:
        self._tokens[token.id] = self._by_digest[token.digest] = token
        if token.expires is not None and token.revoked is None:
            heapq.heappush(self._expiring, (token.expires, token.id))

    def _drop(self, token: TokenRecord, time: int) -> None:
        token.revoked = time
        self._bindings.drop(token.id, token.room)

    def _begin(self, token: TokenRecord, person_id: str, place: str) -> asyncio.Future[None]:
        """Reserve a use in this very turn, and have it written."""
        time, where = self._now(), prefix(place)
        write = partial(_bind, token=token, person_id=person_id, time=time, place=where)
        pending = self._gathering.write(write)
        self._binding.setdefault(token.id, {})[person_id] = pending

        def settled(pending: asyncio.Future[None]) -> None:
            reserved = self._binding[token.id]
            del reserved[person_id]
            if not reserved:
                del self._binding[token.id]
            known = self._tokens.get(token.id) is token and token.revoked is None
            if pending.exception() is None and known:
                token.used += 1
                token.last_used, token.last_place = time, where
                self._bindings.add(token.id, token.room, person_id, token.role)

        # A callback, so that it happens also where nobody waits any more.
        pending.add_done_callback(settled)
        return pending

    async def _write(self, work: Callable[[Any], T]) -> T:
        return await asyncio.wrap_future(self._journal.call(work))


def _insert(database: Any, token: TokenRecord) -> int:
    return rows.insert_token(
        database,
        kind="key" if token.kind == "key" else "invite",
        digest=token.digest,
        label=token.label,
        room=token.room,
        role=token.role,
        created=token.created,
        expires=token.expires,
        uses=token.uses,
    )


def _bind(database: Any, token: TokenRecord, person_id: str, time: int, place: str | None) -> None:
    rows.bind(database, token.id, token.room, person_id, token.role, time, place)


def _rotate(database: Any, token: TokenRecord, by: str | None) -> int:
    room_rows.rotate_room(database, token.room, token.created)
    token_id = _insert(database, token)
    if by is not None:
        rows.bind(database, token_id, token.room, by, token.role, token.created, None)
    return token_id
