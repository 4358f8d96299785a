"""The verbs about tokens: invites and API keys, and what a token of any kind is.

They know nothing of who asks but how far they reach; the Office has looked at that first.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tornchat.access.credentials import Credentials
from tornchat.admin import arguments, described
from tornchat.admin.actor import Actor
from tornchat.admin.checking import check
from tornchat.admin.described import Checked, NewToken, TokenInfo
from tornchat.admin.lookup import Clock, invite_link, known, milliseconds, tell
from tornchat.admin.verbs import verb
from tornchat.chat.door import key_person
from tornchat.chat.keyring import Keyring
from tornchat.chat.ports import Live
from tornchat.chat.tokens import TokenSpec
from tornchat.config import Config
from tornchat.errors import BadRequest, CloseCode, Forbidden, NotFound
from tornchat.store import TokenRecord

MODERATORS_GIVE: Final = frozenset({"read", "write"})
"""Roles that a moderator may hand out, by invites; the rest, and keys, are for admins."""


class TokenVerbs:
    """Invites and keys: made, listed, taken back, explained.

    `config` returns the configuration that holds: links begin with its `base_url`, and are
    relative where it is empty.
    """

    def __init__(
        self,
        *,
        live: Live,
        keyring: Keyring,
        credentials: Credentials,
        config: Callable[[], Config],
        clock: Clock,
    ) -> None:
        self._live = live
        self._keyring = keyring
        self._credentials = credentials
        self._config = config
        self._clock = clock

    def _room_of(self, args: Mapping[str, Any]) -> str | None:
        """Return the room of the token that is meant."""
        try:
            return self._keyring.get(arguments.number("id", args["id"], 1)).room
        except NotFound:
            return None

    @verb(reads=True, room="room", moderators=True)
    async def tokens(self, room: str | None = None, *, actor: Actor) -> list[TokenInfo]:
        """List invites and keys, of one room (or pattern) or of all, newest first.

        To a moderator, the invites that are theirs to give.
        """
        wanted = None if room is None else arguments.room_or_pattern(room)
        found = self._keyring.tokens(wanted)
        return [self._info(token) for token in found if has_say(actor, token)]

    @verb(room="room", moderators=True, subject=lambda result, _: f"{result.kind} {result.id}")
    async def create_token(
        self,
        *,
        actor: Actor,
        kind: str,
        room: str,
        role: str,
        label: str = "",
        expires: float | None = None,
        uses: int | None = None,
    ) -> NewToken:
        """Make an invite to a room, or a key for a room or a pattern; its text is shown once.

        `expires`: seconds from now. `uses`: how many people an invite may bind, None for any
        number. Raises NotFound for an invite to a room that does not exist.
        """
        spec = TokenSpec(
            kind="key" if arguments.choice("kind", kind, ("invite", "key")) == "key" else "invite",
            room=arguments.room_or_pattern(room),
            role=arguments.role(role),
            label=arguments.line("label", label, arguments.MAX_LABEL),
            expires=arguments.until("expires", expires, milliseconds(self._clock)),
            uses=None if uses is None else arguments.number("uses", uses, 1),
        )
        check_gift(actor, spec)
        if spec.kind == "invite":
            known(self._live, room)
        elif spec.uses is not None:
            raise BadRequest("uses: a key binds nobody, expected nothing")
        text, token = await self._keyring.create(spec)
        tell(self._live, "tokens", token.room)
        base_url = self._config().server.base_url
        link = invite_link(base_url, room, text) if spec.kind == "invite" else None
        return described.new_token(token, text, link, self._usable(token))

    @verb(room=_room_of, moderators=True, subject=lambda result, _: f"{result.kind} {result.id}")
    async def revoke_token(self, id: int, *, actor: Actor) -> TokenInfo:
        """Take a token back: whom it let in leaves, connections of a key end with 4502."""
        wanted = arguments.number("id", id, 1)
        if not has_say(actor, self._keyring.get(wanted)):
            raise NotFound(f"no token {wanted}")
        token = await self._keyring.revoke(wanted)
        if token.kind == "key":
            self._live.expel(CloseCode.KEY_REVOKED, person_id=key_person(token.id))
        else:
            self._live.apply(token.room, "revoked")
        tell(self._live, "tokens", token.room)
        return self._info(token)

    @verb(reads=True)
    async def check_token(self, text: str) -> Checked:
        """Say in words what a token of any kind is and what it opens, or why it opens nothing."""
        if not isinstance(text, str):
            raise BadRequest("text: expected a token")
        return check(text.strip(), self._keyring, self._credentials)

    def _usable(self, token: TokenRecord) -> bool:
        return self._keyring.refusal(token) is None

    def _info(self, token: TokenRecord) -> TokenInfo:
        return described.token(token, self._usable(token))


def has_say(actor: Actor, token: TokenSpec | TokenRecord) -> bool:
    """Return whether a token is one that an actor may give and take back."""
    return actor.rooms is None or moderators_give(token.role, token.kind)


def moderators_give(role: str, kind: str) -> bool:
    """Return whether such a token may be given by those who moderate its room."""
    return kind == "invite" and role in MODERATORS_GIVE


def check_gift(actor: Actor, token: TokenSpec) -> None:
    """Raise Forbidden where somebody would give more than is theirs to give."""
    if not has_say(actor, token):
        raise Forbidden("keys, and roles above write, are for admins to give")
