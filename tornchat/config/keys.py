"""The one table of everything that can be set.

Parsing, `tornchat config doc`, the shipped tornchat.conf and docs/configuration.md all come from
here. A key that nothing reads does not exist.
"""

from dataclasses import dataclass
from typing import Final

from tornchat.config import kinds
from tornchat.config.keyfiles import KEY_FILES
from tornchat.config.kinds import Kind


@dataclass(frozen=True, slots=True)
class Key:
    """One setting. `default` is written as in the file; `inherits` names a key of `[rooms]`.

    `fixed`: a change takes effect at the next start only, not with SIGHUP. `of_host`: it names a
    file of this machine, which nobody who only has the admin page should choose.
    """

    section: str
    name: str
    kind: Kind
    default: str
    help: str
    inherits: str | None = None
    fixed: bool = False
    of_host: bool = False

    @property
    def on_page(self) -> bool:
        """Whether the admin page may set it, which takes effect at once."""
        return not self.fixed and not self.of_host

    @property
    def variable(self) -> str:
        """The environment variable that overrides the file."""
        return f"TORNCHAT_{self.section}_{self.name}".upper()


ROOM_NAME: Final = kinds.NAME
ACCESS: Final = kinds.choice("public", "read-only", "private")

SECTIONS: Final = {
    "server": "Where tornchat listens, what it trusts, where it keeps its files.",
    "rooms": "What holds for every room that does not say otherwise.",
    "limits": "What one connection, person, address or room may take. 0 means no limit; sizes "
    "and buffers are never 0. An address is an IPv4 address or an IPv6 /64.",
    "admin": "The admin page, at `/admin/`.",
    "metrics": "Figures for Prometheus.",
}

KEYS: Final = (
    Key("server", "listen", kinds.ADDRESS, "127.0.0.1:8000",
        "Address and port of pages and chat. `:8000` listens on all interfaces.", fixed=True),
    Key("server", "base_url", kinds.BASE_URL, "",
        "The address people type when a proxy stands in front, path prefix included: "
        "`https://site.example/chat`. Empty: taken from each request.", fixed=True),
    Key("server", "data_dir", kinds.PATH, "data",
        "Folder of the database and the secret key. Made at the first start, for the owner only.",
        fixed=True),
    Key("server", "origins", kinds.ORIGINS, "",
        "Other sites whose pages may connect, and show any room in a frame, compared exactly: "
        "`https://a.example, https://b.example:8443`. The own origin is always allowed."),
    Key("server", "trusted_proxies", kinds.NETWORKS, "",
        "Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are "
        "believed: `127.0.0.1, 10.0.0.0/8`."),
    Key("server", "tls_cert", kinds.optional(kinds.EXISTING_FILE), "",
        "Certificate chain (PEM), to serve https without a proxy. Needs `tls_key`.",
        of_host=True),
    Key("server", "tls_key", kinds.optional(kinds.EXISTING_FILE), "",
        "Private key (PEM) of `tls_cert`.", of_host=True),
    Key("server", "secret_key_file", kinds.optional(kinds.PATH), "",
        "Key that signs guest identities. Empty: `secret.key` in the data folder, made at the "
        "first start. Whoever has it can be any guest.", fixed=True),
    Key("server", "log_level", kinds.choice("debug", "info", "warning", "error"), "info",
        "How much is logged: debug, info, warning or error. Message texts and tokens never are."),
    Key("server", "log_format", kinds.choice("text", "json"), "text",
        "`text` for people, `json` for machines: one object per line on standard error."),
    Key("server", "security_contact", kinds.LINE, "",
        "Whom to tell of a weakness, for /.well-known/security.txt: `mailto:security@site.example` "
        "or an https address. Empty: there is no such page."),

    Key("rooms", "default_access", ACCESS, "public",
        "Who may enter a room: public (everyone), read-only (everyone reads, members write) or "
        "private."),
    Key("rooms", "allow_guests", kinds.FLAG, "yes",
        "Whether people without an identity from a site may write, under a nickname. Where not, "
        "they read along."),
    Key("rooms", "history_age", kinds.AGE, "0",
        "Messages older than this are removed: `90d`. 0 keeps them for ever."),
    Key("rooms", "history_messages", kinds.COUNT, "0",
        "Only so many of the newest entries of a room are kept. 0 keeps all."),
    Key("rooms", "seen_age", kinds.AGE, "30d",
        "For how long it is kept who was in which room, when, and from which address: the admin "
        "page shows it. 0: nobody is noted."),
    Key("rooms", "recovery_limit", kinds.POSITIVE, "500",
        "Entries in one reply to a client that comes back; a longer gap takes several replies.",
        fixed=True),
    Key("rooms", "member_list_limit", kinds.COUNT, "250",
        "Rooms with more people than this show how many they are instead of who.", fixed=True),
    Key("rooms", "presence_grace", kinds.DURATION, "10s",
        "How long somebody may be gone, for a reload or a tunnel, before the room is told.",
        fixed=True),
    Key("rooms", "tail_memory", kinds.SIZE, "64m",
        "Memory for the newest entries of all rooms together; older ones are read from disk.",
        fixed=True),

    Key("limits", "message_size", kinds.SIZE, "64k",
        "Largest message a client may send, as it travels.", fixed=True),
    Key("limits", "text_length", kinds.POSITIVE, "4000",
        "Longest text of one message, in characters."),
    Key("limits", "messages_per_second", kinds.RATE, "5",
        "Messages one connection may send, in the long run."),
    Key("limits", "burst", kinds.COUNT, "10",
        "Messages one connection may send at once before `messages_per_second` holds."),
    Key("limits", "messages_per_person", kinds.RATE, "5",
        "Messages one person may send into one room from all connections, in the long run; "
        "`burst` holds here too."),
    Key("limits", "messages_per_room", kinds.RATE, "0",
        "Messages a room takes from everybody together, in the long run."),
    Key("limits", "messages_per_ip", kinds.RATE, "100",
        "Messages that all connections of one address may send, in the long run."),
    Key("limits", "commands_per_second", kinds.RATE, "20",
        "Everything else that one connection may ask for (history, typing, reading marks, …), in "
        "the long run; five times as much at once."),
    Key("limits", "joins_per_second", kinds.RATE, "5",
        "Rooms one connection may enter, in the long run."),
    Key("limits", "joins_per_ip", kinds.RATE, "100",
        "Rooms that all connections of one address may enter, and requests it may send to the API, "
        "in the long run; ten times as many at once."),
    Key("limits", "connects_per_ip", kinds.RATE, "50",
        "Connections one address may open, in the long run; ten times as many at once."),
    Key("limits", "connections", kinds.COUNT, "0",
        "Open connections in all. 0: as many as the system's limit of open files less 128."),
    Key("limits", "connections_per_ip", kinds.COUNT, "1000",
        "Open connections from one address."),
    Key("limits", "connections_per_person", kinds.COUNT, "50",
        "Open connections of one person."),
    Key("limits", "rooms_per_connection", kinds.COUNT, "32",
        "Rooms one connection may be in."),
    Key("limits", "outbound_buffer", kinds.SIZE, "1m",
        "What may wait for one WebSocket or stream; a client that falls further behind is closed "
        "and comes back.", fixed=True),
    Key("limits", "polling_buffer", kinds.SIZE, "256k",
        "The same for a client that polls.", fixed=True),

    Key("admin", "session_idle", kinds.AGE, "12h",
        "Whoever is signed in and does nothing for so long is signed out."),
    Key("admin", "session_age", kinds.AGE, "7d",
        "Whoever signed in so long ago signs in again, whatever they do."),
    Key("admin", "password_file", kinds.optional(kinds.EXISTING_FILE), "",
        "File with the password of the account `admin`, read at each start, for places that are "
        "set up by a program. Empty: the first start prints a link.", fixed=True),

    Key("metrics", "listen", kinds.optional(kinds.ADDRESS), "",
        "A listener of its own for /metrics: `10.0.0.5:9100`. Empty: /metrics answers on the "
        "main listener, to this machine only.", fixed=True),
)  # fmt: skip

ROOM_KEYS: Final = (
    Key("room", "title", kinds.LINE, "",
        "What people see as the room's name. Empty: NAME."),
    Key("room", "topic", kinds.LINE, "",
        "What the room is about, in one line."),
    Key("room", "access", ACCESS, "",
        "public, read-only or private.", inherits="default_access"),
    Key("room", "guests", kinds.FLAG, "",
        "Whether guests may write.", inherits="allow_guests"),
    Key("room", "history_age", kinds.AGE, "",
        "Messages older than this are removed. 0 keeps them.", inherits="history_age"),
    Key("room", "history_messages", kinds.COUNT, "",
        "Only so many of the newest entries are kept. 0 keeps all.", inherits="history_messages"),
    Key("room", "sites", kinds.NAMES, "",
        "Names of [site NAME] sections whose members are members here; others count as guests. "
        "Empty: the members of every site."),
    Key("room", "origins", kinds.ROOM_ORIGINS, "",
        "Pages that may show the room in a frame, besides those of [server] origins and of the "
        "sites that it is open to: `https://shop.example`. At most 20."),
)  # fmt: skip

PATTERN_KEYS: Final = (
    Key("pattern", "archive_after", kinds.AGE, "30d",
        "A room that nobody was in for so long is archived; entering it brings it back. 0: never."),
)  # fmt: skip

SITE_KEYS: Final = (
    Key("site", "key_file", KEY_FILES, "",
        "Files with the keys that the site signs with, at least 32 bytes each: `keys/shop-1.key, "
        "keys/shop-2.key`. The name of a file without its ending is the key's `kid`."),
    Key("site", "origins", kinds.ORIGINS, "",
        "Where the site's pages live, compared exactly: `https://shop.example`. They may connect "
        "as those in [server] origins may, and show the rooms that are open to the site's members "
        "in a frame."),
    Key("site", "rooms", kinds.PATTERNS, "*",
        "The rooms that the site's tokens may speak of, names or patterns: `shop, support-*`."),
)  # fmt: skip

STARTER_ROOMS: Final = {
    "lobby": {"title": "Lobby", "topic": "Come in, say hello"},
    "help": {"title": "Help", "topic": "Ask anything about this place"},
}
"""The rooms of the shipped file, and of a start without any file."""
