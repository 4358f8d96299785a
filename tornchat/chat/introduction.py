"""Saying who one is: `hello` at first, a newer token later, another name at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornchat.chat import naming
from tornchat.errors import BadRequest, CloseCode, Forbidden, Unauthorized
from tornchat.protocol import PROTOCOL_VERSION, Hello, Name, Ok, Refresh, Welcome

if TYPE_CHECKING:
    from tornchat.access.identity import Identity
    from tornchat.chat.client import Client


class UnsupportedProtocol(BadRequest):
    """A version of the protocol that is not spoken here."""

    close_code = CloseCode.BAD_PROTOCOL_USE


def hello(client: Client, command: Hello) -> None:
    """Give the connection its identity: what its token says, or a guest."""
    hub = client.hub
    if client.participant is not None:
        raise BadRequest("hello: this connection has said it already")
    if command.protocol != PROTOCOL_VERSION:
        raise UnsupportedProtocol(f"protocol: expected 1, got {command.protocol}")
    identity = hub.door.identify(command.token or None, client.place)
    participant = hub.admit(client, identity, _name(identity, command.name))
    client.tell(
        Welcome(
            connection=client.id,
            person=participant.person,
            heartbeat=hub.heartbeat,
            server=hub.server,
            guest_token=None if identity.person_id else hub.guests.issue(participant.person.id),
            ref=command.ref,
        )
    )


def refresh(client: Client, command: Refresh) -> None:
    """Go by a newer token of the same person; what it permits counts at once.

    A token that does not count leaves the connection as it is, until the one in use expires.
    """
    hub, participant = client.hub, client.known
    try:
        identity = hub.door.identify(command.token, client.place)
    except Unauthorized as error:
        raise Unauthorized(error.message) from error
    if (identity.person_id, identity.site) != (participant.person.id, client.identity.site):
        raise Forbidden("token: expected one of the same person")
    hub.trust(client, identity)
    if not client.invisible:
        naming.introduce(hub.people, participant, identity.name, identity.badge)
    hub.reconsider([client])
    client.tell(Ok(ref=command.ref))


def name(client: Client, command: Name) -> None:
    """Go by another name."""
    take_name(client, command.name)
    client.tell(Ok(ref=command.ref))


def take_name(client: Client, wanted: str) -> None:
    """Let a guest go by another name; each change reaches whole rooms, so it counts like a message.

    Where somebody else holds it, it gets a number.
    """
    if client.identity.verified:
        raise Forbidden("name: yours is vouched for, and comes with your token")
    clean = naming.guest_name(wanted)
    client.hub.limiter.message(client, None)
    naming.rename(client.hub.people, client.known, clean)


def _name(identity: Identity, wanted: str | None) -> str | None:
    if identity.verified:
        return identity.name
    return None if wanted is None else naming.guest_name(wanted)
