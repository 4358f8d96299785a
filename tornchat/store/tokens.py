"""Invites, API keys, and the persons whom invites have let in, as rows.

Every function runs inside a transaction of the journal. It sees digests only, never the text of a
token, and decides nothing about roles.
"""

from typing import Final, Literal

from peewee import Database

from tornchat.errors import NotFound, Unauthorized
from tornchat.store.models import Binding, Room, Token
from tornchat.store.records import BindingRecord, TokenRecord
from tornchat.store.sql import fetch, fetch_one

UNBIND_STEP: Final = 100
"""Bindings removed at a time."""

_COLUMNS: Final = tuple(getattr(Token, name) for name in TokenRecord.__slots__)
_BINDING: Final = (
    Binding.token_id, Binding.person_id, Binding.room, Binding.role, Binding.time,
)  # fmt: skip


def insert_token(
    database: Database,
    *,
    kind: Literal["invite", "key"],
    digest: bytes,
    label: str,
    room: str,
    role: str,
    created: int,
    expires: int | None = None,
    uses: int | None = None,
) -> int:
    """Store a new token and return its id, which no other token ever gets.

    `digest`: the SHA-256 of its text. An invite needs its room: raises NotFound where a deletion
    came first, so that no invite waits for the next room of that name.
    """
    if (
        kind == "invite"
        and fetch_one(database, Room.select(Room.id).where(Room.name == room)) is None
    ):
        raise NotFound(f"no room {room!r}")
    values = {
        "kind": kind, "digest": digest, "label": label, "room": room, "role": role,
        "created": created, "expires": expires, "uses": uses, "used": 0,
    }  # fmt: skip
    return int(Token.insert(values).execute(database))


def read_tokens(database: Database) -> list[TokenRecord]:
    """Return all tokens in the order of their making, revoked ones too."""
    gone = Room.select(Room.name).where(Room.removed)
    query = Token.select(*_COLUMNS).where(Token.room.not_in(gone)).order_by(Token.id)
    return [TokenRecord(*found) for found in fetch(database, query)]


def revoke_token(database: Database, token_id: int, time: int) -> None:
    """Make a token void for ever, and with it whatever it has bound; again: no change.

    Raises NotFound where there is none.
    """
    if fetch_one(database, Token.select(Token.id).where(Token.id == token_id)) is None:
        raise NotFound(f"no token {token_id}")
    active = (Token.id == token_id) & Token.revoked.is_null()
    Token.update(revoked=time).where(active).execute(database)


def revoke_invites(database: Database, room: str, time: int) -> list[int]:
    """Revoke all invites of a room; return the ids of those that were still valid."""
    active = (Token.room == room) & (Token.kind == "invite") & Token.revoked.is_null()
    ids = [token_id for (token_id,) in fetch(database, Token.select(Token.id).where(active))]
    Token.update(revoked=time).where(active).execute(database)
    return sorted(ids)


def touch(database: Database, token_id: int, time: int, place: str | None) -> None:
    """Note a use: when and from which address prefix."""
    query = Token.update(last_used=time, last_place=place).where(Token.id == token_id)
    query.execute(database)


def bind(
    database: Database,
    token_id: int,
    room: str,
    person_id: str,
    role: str,
    time: int,
    place: str | None,
) -> bool:
    """Let a person in by an invite; False where that was done before.

    A person takes one of the invite's uses, once. Raises Unauthorized where the invite is revoked,
    gone, or, for somebody new, expired or used up. Two who come for the last use are told apart by
    the order of their transactions.
    """
    same = (Binding.token_id == token_id) & (Binding.person_id == person_id)
    is_bound = Binding.select(Binding.time).where(same)
    columns = (Token.revoked, Token.expires, Token.uses, Token.used, is_bound)
    found = fetch_one(database, Token.select(*columns).where(Token.id == token_id))
    if found is None:
        raise Unauthorized("this invite does not exist any more")
    revoked, expires, uses, used, bound = found
    if revoked is not None:
        raise Unauthorized("this invite was revoked")
    if bound is not None:
        touch(database, token_id, time, place)
        return False
    if expires is not None and expires <= time:
        raise Unauthorized("this invite has expired")
    if uses is not None and used >= uses:
        raise Unauthorized("this invite has been used up")
    row = (token_id, person_id, room, role, time)
    Binding.insert_many([row], fields=_BINDING).execute(database)
    use = Token.update(used=used + 1, last_used=time, last_place=place)
    use.where(Token.id == token_id).execute(database)
    return True


def read_bindings(database: Database) -> list[BindingRecord]:
    """Return whom the invites that are not revoked have let in."""
    columns = (Binding.token_id, Binding.room, Binding.person_id, Binding.role)
    query = (
        Binding.select(*columns)
        .join(Token, on=(Token.id == Binding.token_id))
        .where(Token.revoked.is_null())
        .order_by(Binding.token_id, Binding.time, Binding.person_id)
    )
    return [BindingRecord._make(found) for found in fetch(database, query)]


def unbind_token(database: Database, token_id: int) -> int:
    """Remove a step's worth of what a token has bound; return how many, 0 at the end.

    Housekeeping after a revocation, which alone makes them void.
    """
    some = Binding.select(Binding.person_id).where(Binding.token_id == token_id)
    query = Binding.delete().where(
        (Binding.token_id == token_id) & Binding.person_id.in_(some.limit(UNBIND_STEP))
    )
    return int(query.execute(database))
