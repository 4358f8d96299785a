"""Writes the table of keys down for people: as markdown, and as a tornchat.conf to start from.

It knows the table and nothing of any file or value in force.
"""

from collections.abc import Iterable, Iterator
from textwrap import wrap

from tornchat.config.keys import (
    KEYS,
    PATTERN_KEYS,
    ROOM_KEYS,
    SECTIONS,
    SITE_KEYS,
    STARTER_ROOMS,
    Key,
)

_HEAD = """\
# tornchat.conf: everything that can be set, each with its default.
#
# A setting takes effect without its leading `#`. The environment overrides this file
# (TORNCHAT_SERVER_LISTEN for [server] listen), a flag overrides both. Relative paths count from
# the folder of this file. Durations: 90s 10m 1h 2d 1w. Sizes: 64k 1m. Comments need a line of
# their own. `tornchat config check` says what is wrong, `tornchat config show` what is in force.
# `kill -HUP` makes a running server read this file again.
"""
_ROOM_HEAD = """\
# Rooms that exist from the first start. A room is created once, with what stands here; from then
# on the database has the last word, and `tornchat config check` shows the differences.
# Its name is in addresses: at most 64 of a-z 0-9 . _ - and a letter or digit first."""
_PATTERN_HELP = (
    "Rooms that are made when somebody is first let in by a token; `*` stands for any run of "
    "characters, and the first section that matches counts. All keys of a room hold here, too."
)
_SITE_HELP = (
    "A site that signs who its visitors are. NAME is the `iss` of its tokens, written as a room's "
    "name is."
)


def table() -> str:
    """Return every key as markdown, one table for each section."""
    parts = [_section_table(f"[{s}]", help, _keys_of(s)) for s, help in SECTIONS.items()]
    parts.append(
        _section_table(
            "[room NAME]",
            "A room that exists from the first start. From then on the database has the last word.",
            ROOM_KEYS,
        )
    )
    parts.append(_section_table("[room PATTERN]", _PATTERN_HELP, PATTERN_KEYS))
    parts.append(_section_table("[site NAME]", _SITE_HELP, SITE_KEYS))
    return "\n\n".join(parts)


def sample_file() -> str:
    """Return a tornchat.conf that explains every key, with two rooms."""
    lines = [_HEAD]
    for section, help in SECTIONS.items():
        lines += [*_comment(help), f"[{section}]", ""]
        for key in _keys_of(section):
            lines += [*_comment(_help(key)), f"#{key.name} = {key.default}".rstrip(), ""]
    examples = [
        *_example("room support-*", _PATTERN_HELP, PATTERN_KEYS),
        *_example("site shop", _SITE_HELP, SITE_KEYS, key_file="keys/shop-1.key"),
    ]
    return "\n".join([*lines, _ROOM_HEAD, *_rooms(), *examples]) + "\n"


def _rooms() -> Iterator[str]:
    for number, (name, values) in enumerate(STARTER_ROOMS.items()):
        yield f"{'' if number == 0 else chr(10)}[room {name}]"
        for key in ROOM_KEYS:
            yield from _comment(_help(key)) if number == 0 else ()
            if key.name in values:
                yield f"{key.name} = {values[key.name]}"
            elif number == 0:
                yield f"#{key.name} = {_inherited_default(key)}".rstrip()


def _example(section: str, help: str, keys: Iterable[Key], **values: str) -> Iterator[str]:
    """Yield a section that is not in force: its head is a comment as well."""
    yield from ("", *_comment(help), f"#[{section}]")
    for key in keys:
        yield from _comment(_help(key))
        yield f"#{key.name} = {values.get(key.name, key.default)}".rstrip()


def _inherited_default(key: Key) -> str:
    return next((k.default for k in KEYS if k.name == key.inherits), key.default)


def _help(key: Key) -> str:
    """Return what a key does, with what holds besides."""
    inherited = f" Not set: as [rooms] {key.inherits}." if key.inherits else ""
    return key.help + inherited + (" A change needs a restart." if key.fixed else "")


def _keys_of(section: str) -> list[Key]:
    return [key for key in KEYS if key.section == section]


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in wrap(text.replace("`", ""), 96, break_on_hyphens=False)]


def _section_table(title: str, help: str, keys: Iterable[Key]) -> str:
    rows = "\n".join(f"| `{k.name}` | {_default(k)} | {_table_help(k)} |" for k in keys)
    return f"### `{title}`\n\n{help}\n\n| key | default | what it does |\n|---|---|---|\n{rows}"


def _table_help(key: Key) -> str:
    return f"{key.help} (restart)" if key.fixed else key.help


def _default(key: Key) -> str:
    if key.inherits:
        return f"`[rooms] {key.inherits}`"
    return f"`{key.default}`" if key.default else ""
