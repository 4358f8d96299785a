"""Who asks over HTTP: the one place that reads `Authorization`, and the base of all API handlers.

It knows nothing of what the routes answer. A token counts in that header only: never in a cookie,
which a browser sends unasked, and never in the query, which ends up in logs.
"""

import re
from typing import Any, Final

from msgspec import to_builtins
from tornado.httputil import HTTPHeaders

from tornchat.access.identity import Identity
from tornchat.access.places import place
from tornchat.admin.actor import Actor, ActorKind
from tornchat.errors import ChatError, Forbidden, NotFound, Unauthorized
from tornchat.web.headers import JsonHandler
from tornchat.web.site import RoomState

ANYBODY: Final = Identity(None)
"""Somebody without a bearer: a guest that nobody knows yet."""
MAX_BEARER_SIZE: Final = 4096
_BEARER: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""RFC 6750 §2.1."""
_NO_ROOM: Final = "there is no such room, or it is not open to you"


def bearer(headers: HTTPHeaders) -> str | None:
    """Return the token of a request, None where there is none.

    Another scheme is no token either: a proxy in front may ask for a password of its own. Raises
    Unauthorized for a token that cannot be one.
    """
    scheme, _, rest = headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer":
        return None
    token = rest.strip()
    if len(token) > MAX_BEARER_SIZE or not _BEARER.fullmatch(token):
        raise Unauthorized(f"expected one bearer token of at most {MAX_BEARER_SIZE} characters")
    return token


class BearerHandler(JsonHandler):
    """A route of the API. Who asks is known before its method runs, as `identity`.

    Its methods ask `allow` what they may do, and nothing else. Whether a room exists shows only
    to those who may read it: everybody else gets one and the same 404, after the same work.
    """

    identity: Identity = ANYBODY

    @property
    def place(self) -> str:
        """Where the request comes from, as limits count it."""
        return place(self.request.remote_ip or "")

    async def prepare(self) -> None:
        """Find out who asks, unless the place has guessed too often."""
        super().prepare()
        token = bearer(self.request.headers)
        self.site.access.check(self.place, token)
        if token is not None:
            self.identity = await self.site.access.identify(token, self.place)

    async def perform(self, verb: str, **args: Any) -> Any:
        """Have a verb carried out for who asks, whom `allow` has let do so."""
        return await self.site.office.perform(self.actor, verb, args)

    @property
    def actor(self) -> Actor:
        """Who asks, as the audit log shows them; how far they reach was for `allow` to say."""
        who = self.identity
        label = f"{who.name} ({who.person_id})" if who.name else str(who.person_id)
        kind: ActorKind = "person" if who.key_id is None else "key"
        return Actor(label, kind, self.place, person_id=who.person_id)

    def write_result(self, result: Any) -> None:
        """Answer with dataclasses and what they are made of, as JSON."""
        self.write(to_builtins(result))

    def say_error(self, error: ChatError | None) -> None:
        """Write the body of a refusal, and count it by its code."""
        if error is not None:
            self.site.metrics.rejected(error.code)
        super().say_error(error)

    def need_bearer(self) -> None:
        """Raise Unauthorized for those without a token."""
        if self.identity is ANYBODY:
            raise Unauthorized("expected Authorization: Bearer with a token that may do this")

    def allow(self, name: str, permission: str) -> frozenset[str]:
        """Return all that who asks may do in a room, if the permission is among it.

        Raises Unauthorized where more than reading needs a token; NotFound where the room is not
        there or must not show; Forbidden where it shows.
        """
        if permission != "read":
            self.need_bearer()
        access = self.site.access
        granted = access.grants(self.identity, name)
        permitted = access.permitted(self.identity, name)
        record = self.site.hub.record(name)
        if permission in granted:
            return granted
        if is_known(record) or "read" in granted:
            raise Forbidden(f"this needs the permission to {permission} in that room")
        # Who could read the room if it were there is not guessing.
        if "read" not in permitted:
            access.missed(self.place, name)
        raise NotFound(_NO_ROOM)


def is_known(record: RoomState | None) -> bool:
    """Return whether everybody may know that there is this room."""
    return record is not None and record.access != "private" and record.pattern is None
