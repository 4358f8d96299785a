"""The backup: begun here, waited for, taken along.

It knows nothing of how one is made.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from tornchat.admin.backups import BackupState
from tornchat.errors import NotFound
from tornchat.web.admin import charts
from tornchat.web.admin.session import AdminHandler

CHUNK: Final = 256 * 1024
REFRESH_SECONDS: Final = "2"


class BackupHandler(AdminHandler):
    """`/admin/backup`: begins a backup, and says how far it is."""

    async def get(self) -> None:
        """Show how far it is; without scripts the page looks again by itself."""
        found: BackupState = await self.perform("backup")
        if found.state == "working":
            self.set_header("Refresh", REFRESH_SECONDS)
        size = charts.size(found.size)
        self.write_admin(
            "admin_backup.html", title="Backup", section="settings", backup=found, size=size
        )

    head = get

    async def post(self) -> None:
        """Begin one."""
        await self.perform("make_backup")
        self.done("The backup is being made.", "backup")


class BackupDownloadHandler(AdminHandler):
    """`/admin/backup/download`: the file, while it is there."""

    async def get(self) -> None:
        """Send it, as fast as it is taken."""
        found: BackupState = await self.perform("backup")
        try:
            file = await asyncio.to_thread(Path(found.path).open, "rb")
        except OSError:
            raise NotFound("There is no backup any more. Make another one.") from None
        day = datetime.fromtimestamp(found.made / 1000, UTC)
        self.set_header("Content-Type", "application/vnd.sqlite3")
        self.set_header("Content-Length", str(found.size))
        name = f"tornchat-{day:%Y-%m-%d-%H%M}.db"
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        try:
            await self._send(file)
        finally:
            await asyncio.to_thread(file.close)

    async def _send(self, file: BinaryIO) -> None:
        while data := await asyncio.to_thread(file.read, CHUNK):
            self.write(data)
            await self.flush()
