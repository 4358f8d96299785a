"""What can be asked for: the public methods of Administration, and nothing else it has.

It knows nothing of sockets, so that the command line can do the same without a server.
"""

import inspect
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tornchat.errors import BadRequest, UnknownType

VERBS: Final = frozenset(
    {
        "rooms",
        "room",
        "create_room",
        "set_room",
        "delete_room",
        "rotate_room",
        "tokens",
        "create_token",
        "revoke_token",
        "check_token",
        "bans",
        "add_ban",
        "remove_ban",
    }
)


async def perform(administration: object, verb: str, args: Mapping[str, Any]) -> Any:
    """Call one verb and return its result as plain JSON values.

    Raises UnknownType for a verb that is not in VERBS, BadRequest for arguments that it does not
    take, and whatever ChatError the verb itself raises.
    """
    if verb not in VERBS:
        raise UnknownType("expected a verb that this version knows; are both of one version?")
    method = getattr(administration, verb)
    try:
        call = inspect.signature(method).bind(**args)
    except TypeError as error:
        raise BadRequest(f"{verb}: {error}") from error
    return msgspec.to_builtins(await method(*call.args, **call.kwargs))
