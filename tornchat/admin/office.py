"""The one way to every change by somebody in charge: may they, do it, write down who did what.

It knows nothing of HTTP, sockets or terminals, nor of what the verbs do.
"""

import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from tornchat.admin.actor import Actor
from tornchat.admin.verbs import Verb, verbs_of
from tornchat.admin.whole import whole
from tornchat.errors import ChatError, NotFound, UnknownType

log = logging.getLogger(__name__)


class Log(Protocol):
    """Where the Office writes down what was done (`admin.audit.Audit`)."""

    async def note(
        self, actor: Actor, verb: str, *, room: str | None, subject: str, detail: str
    ) -> None:
        """Store one row."""


class Office:
    """The verbs of all sections, by name.

    A verb checks its arguments (BadRequest, in words), stores the change, then lets it act on
    whoever is connected; it is carried through although its asker goes. A change that returned is
    on disk, holds for everybody, and has its row in the audit log. Arguments are as JSON brings
    them; answers are plain values that become JSON, times in UTC ms.
    """

    def __init__(self, sections: Sequence[object], audit: Log) -> None:
        found = [verb for section in sections for verb in verbs_of(section)]
        self.verbs: Mapping[str, Verb] = MappingProxyType({verb.name: verb for verb in found})
        assert len(self.verbs) == len(found), "two sections have a verb of the same name"
        self._audit = audit

    async def perform(self, actor: Actor, verb: str, args: Mapping[str, Any]) -> Any:
        """Carry out a verb and return its answer.

        Raises UnknownType for a name that is none, BadRequest for arguments that it does not take,
        NotFound for what the actor does not reach, and whatever ChatError the verb raises.
        """
        found = self.verbs.get(verb)
        if found is None:
            raise UnknownType("expected a verb that this version knows; are both of one version?")
        if actor.rooms is not None and not found.rule.moderators:
            raise NotFound(f"{verb}: there is nothing of that kind")
        found.check(args)
        room = found.room(args)
        if found.rule.room is not None and not actor.reaches(room):
            raise NotFound(f"no room {room!r}")
        if found.rule.reads:
            return await found.call(actor, args)
        return await self._change(found, actor, args, room)

    def may(self, actor: Actor, verb: str, room: str | None = None) -> bool:
        """Return whether a page should offer a verb, about a room where it is about one."""
        rule = self.verbs[verb].rule
        if actor.rooms is None:
            return True
        return rule.moderators and (rule.room is None or actor.reaches(room))

    @whole
    async def _change(
        self, verb: Verb, actor: Actor, args: Mapping[str, Any], room: str | None
    ) -> Any:
        result = await verb.call(actor, args)
        subject, detail = verb.subject(result, args), verb.detail(args)
        try:
            await self._audit.note(actor, verb.name, room=room, subject=subject, detail=detail)
        except ChatError as error:
            # It is done, and its answer may hold what is shown only once.
            log.error(
                "the audit log lacks that %s did %s (%s): %s", actor.name, verb.name, subject, error
            )
        return result
