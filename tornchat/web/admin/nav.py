"""The navigation of the admin page; it knows nothing of who asks."""

from dataclasses import dataclass
from typing import Final, NamedTuple


class Section(NamedTuple):
    """One entry. `path` is below the admin part; `everything`: for admins only."""

    name: str
    label: str
    path: str
    everything: bool = True


SECTIONS: Final = (
    Section("dashboard", "Dashboard", ""),
    Section("rooms", "Rooms", "rooms", everything=False),
    Section("people", "People", "people"),
    Section("messages", "Messages", "messages"),
    Section("bans", "Bans", "bans"),
    Section("tokens", "Tokens", "tokens"),
    Section("announce", "Announce", "announce"),
    Section("accounts", "Accounts", "accounts"),
    Section("audit", "Audit log", "audit"),
    Section("settings", "Settings", "settings"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as a page shows it. `name` also names its icon."""

    name: str
    label: str
    href: str
    current: bool


def links(admin: str, section: str, *, everything: bool) -> list[Link]:
    """Return what somebody may go to; `admin` is the relative way to the admin part."""
    return [
        Link(found.name, found.label, admin + found.path, found.name == section)
        for found in SECTIONS
        if everything or not found.everything
    ]
