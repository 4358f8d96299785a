"""The verbs about the configuration: what holds and why, and what may be changed while it runs.

They know nothing of where a configuration comes from, nor of what a change of it does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from tornchat.admin import arguments
from tornchat.admin.verbs import verb
from tornchat.config import Settings
from tornchat.config.keys import KEYS, Key
from tornchat.config.pagefile import ORIGIN, read_page, write_page
from tornchat.config.settings import Setting
from tornchat.errors import BadRequest, ConfigError, Conflict, NotFound, StorageUnavailable

MAX_TEXT: Final = 2000

Read = Callable[[Mapping[str, str] | None], Settings]
"""Reads everything again, with these values of the page; None: with those of the data folder."""


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """A key with its value in force, as text.

    `origin`: where it was set: a line of the file, a variable, a flag, "admin page", "default".
    `change`: whether it can be changed here: "yes"; "set" where a variable or a flag has the last
    word; "host" for what only the machine's own files may say; "restart". `page`: what the page has
    set, None for nothing. `beneath`: what would hold without that.
    """

    section: str
    name: str
    text: str
    origin: str
    default: str
    help: str
    expected: str
    change: str
    page: str | None
    beneath: str


class SettingVerbs:
    """The configuration: shown whole, changed where that takes effect at once.

    `take` reads everything again and applies it, or raises ConfigError and leaves it as it was;
    what was changed in the file meanwhile takes effect with it. Secrets are no settings: those are
    files, of which the configuration has the names.
    """

    def __init__(self, read: Read, take: Callable[[], Awaitable[None]], folder: Path) -> None:
        self._read = read
        self._take = take
        self._folder = folder
        self._one_by_one = asyncio.Lock()

    @verb(reads=True)
    async def settings(self) -> list[SettingInfo]:
        """List every key with its value in force and where that was set."""
        return await asyncio.to_thread(self._described)

    @verb(subject=lambda _, args: f"[{args['section']}] {args['name']}")
    async def set_setting(self, section: str, name: str, text: str | None = None) -> SettingInfo:
        """Set a key as it would be written in the file; None takes it back. It holds at once.

        Raises NotFound for a key that does not exist, BadRequest for a value that does not fit or
        a key that cannot be set here, Conflict where a variable or a flag has the last word.
        """
        key = _known(section, name)
        line = None if text is None else arguments.line("text", text, MAX_TEXT)
        if not key.on_page:
            raise BadRequest(f"[{section}] {name}: can only be set in the file, before a start")
        async with self._one_by_one:
            await self._set(f"{section}.{name}", line)
        found = await asyncio.to_thread(self._described)
        return next(info for info in found if (info.section, info.name) == (section, name))

    async def _set(self, dotted: str, text: str | None) -> None:
        before = await asyncio.to_thread(self._stored)
        after = {name: value for name, value in before.items() if name != dotted}
        if text is not None:
            after[dotted] = text
            await self._check(dotted, after)
        await self._write(after)
        try:
            await self._take()
        except ConfigError as error:
            await self._write(before)
            raise BadRequest(str(error)) from error

    async def _check(self, dotted: str, values: Mapping[str, str]) -> None:
        """Raise where values are wrong, or would be without effect."""
        section, _, name = dotted.partition(".")
        try:
            found = await asyncio.to_thread(self._read, values)
        except ConfigError as error:
            raise BadRequest(str(error).removeprefix(f"{ORIGIN}: ")) from error
        origin = found.base[section, name].origin
        if origin != ORIGIN:
            raise Conflict(f"[{section}] {name}: {origin} has the last word; change it there")

    async def _write(self, values: Mapping[str, str]) -> None:
        try:
            await asyncio.to_thread(partial(write_page, self._folder, values))
        except OSError as error:
            raise StorageUnavailable(f"the setting cannot be stored: {error.strerror}") from error

    def _stored(self) -> dict[str, str]:
        try:
            return read_page(self._folder)
        except ConfigError as error:
            raise StorageUnavailable(str(error)) from error

    def _described(self) -> list[SettingInfo]:
        """Return every setting (reads files; runs in a thread)."""
        page = self._stored()
        try:
            found, beneath = self._read(page), self._read({})
        except ConfigError as error:
            raise StorageUnavailable(f"the configuration cannot be read: {error}") from error
        keys = {(key.section, key.name): key for key in KEYS}
        infos = [
            _info(setting, keys[place], page, beneath.base[place].text)
            for place, setting in found.base.items()
        ]
        for section in found.named.values():
            infos += [_in_named(setting) for setting in section.settings.values()]
        return infos


def _known(section: Any, name: Any) -> Key:
    found = next((key for key in KEYS if (key.section, key.name) == (section, name)), None)
    if found is None:
        raise NotFound("there is no such setting")
    return found


def _info(setting: Setting, key: Key, page: Mapping[str, str], beneath: str) -> SettingInfo:
    return SettingInfo(
        section=setting.section,
        name=setting.name,
        text=setting.text,
        origin=setting.origin,
        default=key.default,
        help=key.help,
        expected=key.kind.expected,
        change=_change(setting, key),
        page=page.get(f"{key.section}.{key.name}"),
        beneath=beneath,
    )


def _change(setting: Setting, key: Key) -> str:
    if key.of_host:
        return "host"
    if key.fixed:
        return "restart"
    above = setting.origin.startswith(("--", "TORNCHAT_"))
    return "set" if above else "yes"


def _in_named(setting: Setting) -> SettingInfo:
    """Describe what a section of the file with a name of its own says."""
    return SettingInfo(
        section=setting.section,
        name=setting.name,
        text=setting.text,
        origin=setting.origin,
        default="",
        help="",
        expected="",
        change="host",
        page=None,
        beneath=setting.text,
    )
