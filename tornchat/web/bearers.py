"""What the bearer of a token may do over HTTP: the door and the hub behind one port.

It knows nothing of requests. The question itself is the hub's, as for those who chat.
"""

from dataclasses import dataclass

from tornchat.access import policy, secrets
from tornchat.access.guard import Guard
from tornchat.access.identity import Identity
from tornchat.access.policy import RoomRules
from tornchat.chat.door import Banned
from tornchat.chat.hub import Hub
from tornchat.errors import Unauthorized


@dataclass(frozen=True, slots=True)
class Bearer:
    """The sender of a request, as the hub asks for one; bans of places are for connections."""

    identity: Identity
    place: str = ""


class Bearers:
    """Answers the API's questions (see `site.Access`).

    A bearer is a guest's token, a site's, an API key, or an invite. An invite stands for a person
    of its own, `i_` and its number, who may be in its room alone; the first request is that
    person's use of it. So an invite for one person lets nobody in who comes second, by whichever
    way, and taking it back ends this one too.
    """

    def __init__(self, hub: Hub, guard: Guard) -> None:
        self._hub = hub
        self._guard = guard
        self._door = hub.door
        self._keyring = hub.keyring

    def banned(self, place: str) -> bool:
        """Return whether nobody from there is served."""
        return self._door.banned(place)

    def check(self, place: str, bearer: str | None) -> None:
        """Raise RateLimited while a place that guessed has to wait, or asks too often."""
        self._guard.check(place, bearer or "")
        self._hub.limiter.request(place)

    async def identify(self, bearer: str, place: str) -> Identity:
        """Return whose token that is. Raises Unauthorized; a wrong one counts as a guess."""
        if secrets.kind_of(bearer) == "invite":
            return await self._invited(bearer, place)
        identity = self._door.identify(bearer, place)
        if identity.person_id is None:
            # Who chats with it becomes a new guest; here it was meant to say something.
            self._door.missed(bearer, place)
            raise Unauthorized("token: none of this server")
        return identity

    def grants(self, identity: Identity, name: str) -> frozenset[str]:
        """Return what an identity may do in a room; nothing where there is none."""
        return self._hub.grants(Bearer(identity), name)

    def permitted(self, identity: Identity, name: str) -> frozenset[str]:
        """Return what the token itself permits for a name, whether there is such a room or not."""
        rules = RoomRules(name, "private", guests=False)
        return policy.grants(rules, identity, self._keyring.role_for(identity.person_id, name))

    def missed(self, place: str, name: str) -> None:
        """Count a name of a room that is not there, or not for who asks, as a guess."""
        self._door.missed(name, place)

    async def _invited(self, text: str, place: str) -> Identity:
        token = self._keyring.find(text)
        if token is None or token.kind != "invite":
            self._door.missed(text, place)
            raise Unauthorized("token: no invite of this server")
        person_id = f"i_{token.id}"
        if self._door.banned(place, person_id):
            raise Banned("banned from this server")
        await self._keyring.use(token, person_id, place)
        return Identity(person_id, name=token.label or None, permits=())
