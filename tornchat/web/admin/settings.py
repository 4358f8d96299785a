"""The configuration as a page: what holds and why; what takes effect at once is changed here.

It knows no key.
"""

from itertools import groupby
from typing import Final, NamedTuple

from tornchat.admin.settings import SettingInfo
from tornchat.config.keys import SECTIONS
from tornchat.errors import BadRequest, ChatError, Conflict
from tornchat.web.admin.session import AdminHandler

WHY_NOT: Final = {
    "set": "The environment or a flag has the last word on it.",
    "host": "Only the configuration file says this.",
    "restart": "A restart is needed: change it in the configuration file.",
}
MOST_NAMED: Final = 25
"""Sections with a name of their own, such as `[room lobby]`, that the page shows."""
_HELP: Final = "As it is written in the configuration file."


class Part(NamedTuple):
    """One section of the configuration."""

    name: str
    help: str
    settings: list[SettingInfo]


class Try(NamedTuple):
    """What somebody wanted to set, and why it is not so."""

    section: str
    name: str
    text: str
    error: str


class SettingsHandler(AdminHandler):
    """`/admin/settings`: every key with its value and where that was set."""

    async def get(self) -> None:
        """Show them."""
        await self._show(None)

    head = get

    async def post(self) -> None:
        """Set one (`text`), or take back what was set here (`reset`)."""
        section, name, text = (self.form.text(field) for field in ("section", "name", "text"))
        reset = self.form.flag("reset")
        try:
            await self.perform(
                "set_setting", section=section, name=name, text=None if reset else text
            )
        except (BadRequest, Conflict) as error:
            self.refuse(error)
            await self._show(Try(section, name, text, _sentence(error)))
            return
        said = "is as it would be without this page again" if reset else "holds from now on"
        self.done(f"[{section}] {name} {said}.", f"settings#{section}.{name}")

    async def _show(self, tried: Try | None) -> None:
        found: list[SettingInfo] = await self.perform("settings")
        parts = [
            Part(section, SECTIONS.get(section, _HELP), list(settings))
            for section, settings in groupby(found, key=lambda setting: setting.section)
        ]
        named = [part for part in parts if part.name not in SECTIONS]
        ours = [part for part in parts if part.name in SECTIONS]
        changed = sum(setting.page is not None for setting in found)
        self.write_admin(
            "admin_settings.html",
            title="Settings",
            section="settings",
            parts=ours + named[:MOST_NAMED],
            unseen=max(0, len(named) - MOST_NAMED),
            tried=tried,
            changed=changed,
            why_not=WHY_NOT,
        )


def _sentence(error: ChatError) -> str:
    """Return what is wrong, without the name of the key, which stands beside it."""
    return error.message.partition("]")[2].partition(": ")[2] or error.message
