"""What a person may do in a room: the one place that answers it.

It knows nothing of rooms that are live or of how a person was recognised.
"""

from typing import Final

from tornchat.protocol import Person

NOTHING: Final[frozenset[str]] = frozenset()
READ: Final = frozenset({"read"})
WRITE: Final = frozenset({"read", "write"})
EVERYTHING: Final = frozenset({"read", "write", "moderate", "admin"})


def grants(access: str, guests: bool, person: Person) -> frozenset[str]:
    """Return the permissions of a person in a room, out of read, write, moderate and admin.

    `access` is the room's: public, read-only or private; anything else grants nothing. Where
    `guests` is false, people without an identity read along but do not write.
    """
    if person.kind == "admin":
        return EVERYTHING
    is_guest = person.kind == "guest"
    if access == "public":
        return READ if is_guest and not guests else WRITE
    if access == "read-only":
        return READ if is_guest else WRITE
    return NOTHING
