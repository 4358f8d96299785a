"""Accounts of those in charge, their sessions and login links, as rows.

Every function that takes a database runs inside a transaction of the journal, those that read also
on a reader. It sees hashes and digests only, never a password, a cookie or a code.
"""

from dataclasses import dataclass
from typing import Final

from peewee import Database

from tornchat.errors import Conflict
from tornchat.store.models import Account, LoginLink, Session
from tornchat.store.sql import fetch, fetch_one

_SEPARATOR: Final = " "


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """Somebody who may sign in; times are UTC ms.

    `folded`: the name as it is compared. `password`: its hash, None until one was set. `totp`: the
    secret of the second factor, None without one; `totp_step`: the last step whose code was used.
    `rooms`: the rooms that are theirs to moderate, None for everything.
    """

    id: int
    name: str
    folded: str
    password: str | None
    totp: str | None
    totp_step: int
    rooms: frozenset[str] | None
    created: int
    last_login: int | None


@dataclass(slots=True)
class SessionRecord:
    """A browser that is signed in; times are UTC ms.

    `digest`: the SHA-256 of its cookie. `agent`: what the browser calls itself, cut.
    """

    digest: bytes
    account_id: int
    created: int
    seen: int
    place: str
    agent: str


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """A one-time link by its digest; `account_id` None: for the first account."""

    digest: bytes
    account_id: int | None
    expires: int


_ACCOUNT: Final = tuple(getattr(Account, name) for name in AccountRecord.__slots__)
_SESSION: Final = tuple(getattr(Session, name) for name in SessionRecord.__slots__)
_LINK: Final = tuple(getattr(LoginLink, name) for name in LinkRecord.__slots__)


def read_accounts(database: Database) -> list[AccountRecord]:
    """Return all accounts in the order of their making."""
    return [
        _account(row) for row in fetch(database, Account.select(*_ACCOUNT).order_by(Account.id))
    ]


def read_sessions(database: Database) -> list[SessionRecord]:
    """Return all sessions, those that are over too."""
    return [SessionRecord(*row) for row in fetch(database, Session.select(*_SESSION))]


def read_links(database: Database) -> list[LinkRecord]:
    """Return all links, those that are over too."""
    return [LinkRecord(*row) for row in fetch(database, LoginLink.select(*_LINK))]


def insert_account(
    database: Database,
    *,
    name: str,
    folded: str,
    password: str | None,
    rooms: frozenset[str] | None,
    created: int,
) -> AccountRecord:
    """Store a new account. Raises Conflict where there is one of that name."""
    same = Account.select(Account.id).where(Account.folded == folded)
    if fetch_one(database, same) is not None:
        raise Conflict(f"there is an account {name!r}, or one that looks like it")
    values = {
        "name": name, "folded": folded, "password": password, "totp_step": 0,
        "rooms": _joined(rooms), "created": created,
    }  # fmt: skip
    number = int(Account.insert(values).execute(database))
    return AccountRecord(number, name, folded, password, None, 0, rooms, created, None)


def update_account(database: Database, record: AccountRecord) -> None:
    """Store an account's password, second factor, rooms and last login as they are now."""
    values = {
        "password": record.password, "totp": record.totp, "totp_step": record.totp_step,
        "rooms": _joined(record.rooms), "last_login": record.last_login,
    }  # fmt: skip
    Account.update(values).where(Account.id == record.id).execute(database)


def remove_account(database: Database, account_id: int) -> None:
    """Remove an account with its sessions and links; its id is never given again."""
    Session.delete().where(Session.account_id == account_id).execute(database)
    LoginLink.delete().where(LoginLink.account_id == account_id).execute(database)
    Account.delete().where(Account.id == account_id).execute(database)


def insert_session(database: Database, record: SessionRecord) -> None:
    """Store a session."""
    row = tuple(getattr(record, name) for name in SessionRecord.__slots__)
    Session.insert_many([row], fields=_SESSION).execute(database)


def touch_session(database: Database, digest: bytes, seen: int, place: str) -> None:
    """Note when and from where a session was last used."""
    query = Session.update(seen=seen, place=place).where(Session.digest == digest)
    query.execute(database)


def remove_sessions(database: Database, digests: list[bytes]) -> None:
    """End sessions."""
    Session.delete().where(Session.digest.in_(digests)).execute(database)


def insert_link(database: Database, record: LinkRecord) -> None:
    """Store a link; those for the same account before it are void."""
    same = (
        LoginLink.account_id.is_null()
        if record.account_id is None
        else LoginLink.account_id == record.account_id
    )
    LoginLink.delete().where(same).execute(database)
    row = (record.digest, record.account_id, record.expires)
    LoginLink.insert_many([row], fields=_LINK).execute(database)


def remove_link(database: Database, digest: bytes) -> None:
    """Use a link up."""
    LoginLink.delete().where(LoginLink.digest == digest).execute(database)


def _account(row: tuple[object, ...]) -> AccountRecord:
    values = dict(zip(AccountRecord.__slots__, row, strict=True))
    rooms = values.pop("rooms")
    found = None if rooms is None else frozenset(str(rooms).split())
    return AccountRecord(rooms=found, **values)  # type: ignore[arg-type]


def _joined(rooms: frozenset[str] | None) -> str | None:
    return None if rooms is None else _SEPARATOR.join(sorted(rooms))
