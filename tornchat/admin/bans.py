"""The verbs about bans.

They know nothing of who asks but how far they reach; the Office has looked at that first.
"""

from tornchat.admin import arguments, described
from tornchat.admin.described import BanInfo
from tornchat.admin.lookup import Clock, milliseconds
from tornchat.admin.verbs import verb
from tornchat.chat.bans import Bans
from tornchat.errors import BadRequest


class BanVerbs:
    """Bans: made, listed, lifted."""

    def __init__(self, bans: Bans, *, clock: Clock) -> None:
        self._bans = bans
        self._clock = clock

    @verb(reads=True)
    async def bans(self) -> list[BanInfo]:
        """List the bans from the whole server that last, newest first."""
        return [described.ban(ban) for ban in self._bans.bans()]

    @verb()
    async def add_ban(
        self,
        *,
        place: str | None = None,
        person: str | None = None,
        seconds: float | None = None,
        reason: str = "",
    ) -> BanInfo:
        """Ban a place or a person, for so many seconds or for good; connections end with 4505.

        `place`: an IPv4 address, or an IPv6 address, which stands for its /64.
        """
        if (place is None) == (person is None):
            raise BadRequest("expected a place or a person, and one of the two only")
        ban = await self._bans.add(
            place=None if place is None else arguments.place(place),
            person_id=None if person is None else arguments.person(person),
            expires=arguments.until("seconds", seconds, milliseconds(self._clock)),
            reason=arguments.line("reason", reason, arguments.MAX_REASON),
        )
        return described.ban(ban)

    @verb(subject=lambda result, _: result.person or result.place or str(result.id))
    async def remove_ban(self, id: int) -> BanInfo:
        """Lift a ban. Raises NotFound."""
        return described.ban(await self._bans.remove(arguments.number("id", id, 1)))
