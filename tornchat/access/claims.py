"""The claims of a site's token, each of the right type or refused in words.

It knows nothing of keys, sites or the time.
"""

from typing import Any, Final

from tornchat.access import names
from tornchat.access.errors import InvalidSiteToken
from tornchat.access.patterns import valid
from tornchat.access.roles import ROLES
from tornchat.errors import BadRequest

MAX_ROOMS: Final = 100
_TYPES: Final = {
    bool: "a boolean",
    dict: "an object",
    float: "a number with a fraction",
    int: "a number",
    list: "a list",
    str: "a text",
    type(None): "nothing",
}


class Claims:
    """The claims of one token; every method raises InvalidSiteToken for what it does not expect.

    `found` None stands for claims that could not be read at all.
    """

    def __init__(self, found: dict[str, Any] | None) -> None:
        if found is None:
            raise InvalidSiteToken("token: expected claims that are a JSON object")
        self._found = found

    def __contains__(self, claim: str) -> bool:
        return claim in self._found

    def text(self, claim: str, max_length: int) -> str:
        """Return a text of 1 to `max_length` characters, none of them half a pair."""
        found = self._found.get(claim)
        if not isinstance(found, str):
            raise _wrong(claim, "a text", found)
        if not 1 <= len(found) <= max_length:
            raise InvalidSiteToken(
                f"{claim}: expected 1 to {max_length} characters, got {len(found)}"
            )
        if any("\ud800" <= character <= "\udfff" for character in found):
            raise InvalidSiteToken(f"{claim}: expected text, got a lone surrogate")
        return found

    def time(self, claim: str) -> int:
        """Return a time in whole seconds since 1970: a number, never one written as text."""
        found = self._found.get(claim)
        if not isinstance(found, int) or isinstance(found, bool):
            raise _wrong(claim, "whole seconds since 1970", found)
        return found

    def audience(self, expected: str) -> None:
        """Check that the token is meant for `expected`, alone or among others."""
        found = self._found.get("aud")
        meant_for = found if isinstance(found, list) else [found]
        if expected not in meant_for:
            got = "another" if isinstance(found, str) else _kind(found)
            raise InvalidSiteToken(f"aud: expected {expected!r}, got {got}")

    def name(self) -> str:
        """Return the name as it is shown."""
        return _shown("name", self._found.get("name"))

    def badge(self) -> str | None:
        """Return the word that is shown beside the name, if there is one."""
        info = self._found.get("info")
        if info is None:
            return None
        if not isinstance(info, dict):
            raise _wrong("info", "an object", info)
        badge = info.get("badge")
        return None if badge is None else _shown("badge", badge)

    def rooms(self) -> dict[str, list[str]] | None:
        """Return the roles that the token gives, by name or pattern; None where it has no say."""
        if "rooms" not in self._found:
            return None
        rooms = self._found["rooms"]
        if not isinstance(rooms, dict):
            raise _wrong("rooms", "an object", rooms)
        if len(rooms) > MAX_ROOMS:
            raise InvalidSiteToken(f"rooms: expected at most {MAX_ROOMS}, got {len(rooms)}")
        for pattern, roles in rooms.items():
            if not valid(pattern):
                raise InvalidSiteToken("rooms: expected names of rooms, with * for any run")
            if not isinstance(roles, list) or any(role not in ROLES for role in roles):
                raise InvalidSiteToken(f"rooms: expected lists of {', '.join(ROLES)}")
        return rooms


def _shown(claim: str, found: object) -> str:
    if not isinstance(found, str):
        raise _wrong(claim, "a text", found)
    try:
        return names.clean(found)
    except BadRequest as error:
        raise InvalidSiteToken(f"{claim}: {error.message.removeprefix('name: ')}") from None


def _wrong(claim: str, expected: str, found: object) -> InvalidSiteToken:
    return InvalidSiteToken(f"{claim}: expected {expected}, got {_kind(found)}")


def _kind(found: object) -> str:
    return _TYPES.get(type(found), "something else")
