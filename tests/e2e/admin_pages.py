"""Every page of the admin part, as `admin_place` fills it: for pictures and for axe."""

from typing import Final

PAGES: Final = {
    "dashboard": "",
    "dashboard-day": "?span=day",
    "rooms": "rooms",
    "rooms-found": "rooms?search=club",
    "rooms-none": "rooms?search=nowhere",
    "rooms-archived": "rooms?state=archived",
    "new-room": "new-room",
    "room": "rooms/garden",
    "room-settings": "rooms/garden/settings",
    "room-messages": "rooms/garden/messages",
    "room-people": "rooms/garden/people",
    "room-tokens": "rooms/garden/tokens",
    "room-bans": "rooms/garden/bans",
    "room-empty": "rooms/choir/messages",
    "people": "people",
    "people-seen": "people?view=seen",
    "bans": "bans",
    "tokens": "tokens",
    "messages": "messages",
    "messages-found": "messages?search=watches",
    "announce": "announce",
    "audit": "audit",
    "settings": "settings",
    "accounts": "accounts",
    "account": "account",
    "backup": "backup",
    "second-factor": "account/second-factor",
    "missing": "nowhere",
}
"""Name → path below `admin/`, for who is signed in."""

OUTSIDE: Final = {"login": "login", "setup": "setup"}
"""The same for who is not."""
