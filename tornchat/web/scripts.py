"""The scripts that pages of others load: `/widget.js` and `/client.js`, at addresses that stay.

They know nothing of what the scripts do.
"""

import asyncio
from typing import ClassVar, Final

from tornado.web import HTTPError

from tornchat.web.static import StaticHandler

MAX_AGE: Final = 300
"""Seconds for which a browser does not ask again: so long a page may run what was there before."""


class ScriptHandler(StaticHandler):
    """One script with all that it imports, for pages of any origin."""

    path: ClassVar[str]
    classic: ClassVar[bool] = False

    async def get(self) -> None:  # type: ignore[override]
        """Send it, or 304 to who has it."""
        files = self.site.static
        file = await asyncio.to_thread(files.script, self.path, classic=self.classic)
        if file is None:
            raise HTTPError(404)
        kept = "no-store" if files.dev else f"public, max-age={MAX_AGE}"
        self.set_header("Cache-Control", kept)
        self.send_file(file)

    head = get  # type: ignore[assignment]


class WidgetHandler(ScriptHandler):
    """`/widget.js`: puts a chat into a page, by one `<script>` of any kind."""

    path = "widget/widget.js"
    classic = True


class ClientHandler(ScriptHandler):
    """`/client.js`: a module for people's own pages."""

    path = "client.js"
