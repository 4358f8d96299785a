"""What a running server has for those in charge: the office, who is signed in, figures, backups.

It knows nothing of HTTP; the verbs themselves are in `admin`.
"""

import logging
import time
from collections.abc import Callable, Sequence

from tornchat.access.admintokens import AdminTokens
from tornchat.access.credentials import Credentials
from tornchat.admin import unattended
from tornchat.admin.accounts import setup_link
from tornchat.admin.backups import BackupVerbs
from tornchat.admin.deletions import Deletions, Later
from tornchat.admin.moderation import RoomModeration
from tornchat.chat.bans import Bans
from tornchat.chat.hub import Hub
from tornchat.chat.keyring import Keyring
from tornchat.config import Config, signs_in_over_http
from tornchat.protocol import AdminEvent
from tornchat.store import Store
from tornchat.store.database import NAME as DATABASE
from tornchat.watching import Watch
from tornchat.web.metrics import Metrics
from tornchat.wiring import messaging, office, sign_in

log = logging.getLogger(__name__)


class BackOffice:
    """The office and whatever its verbs need of a running server.

    `config` returns the configuration that holds, `later` is the loop's `call_later`, `more` are
    further sections of verbs. Life: `open` once the journal runs, `start` once people can come;
    `apply` with each new configuration, `tick` once a minute, `late` with how late the loop was;
    `stop` while the journal still runs, `close` at the very end.
    """

    def __init__(
        self,
        config: Callable[[], Config],
        store: Store,
        *,
        hub: Hub,
        keyring: Keyring,
        bans: Bans,
        credentials: Credentials,
        tokens: AdminTokens,
        metrics: Metrics,
        later: Later,
        more: Sequence[object],
    ) -> None:
        self._config = config
        self._hub = hub
        folder = config().server.data_dir
        self.sign_in = sign_in(config(), store, tokens)
        self._watch = Watch(metrics, folder / DATABASE)
        self._deletions = Deletions(hub, later=later, clock=time.time)
        told = lambda: hub.tell_admins(AdminEvent("backup"))  # noqa: E731
        self._backups = BackupVerbs(store, folder, told=told, clock=time.time)
        spoken = messaging(config, store, live=hub, deletions=self._deletions)
        self.office = office(
            config,
            store,
            live=hub,
            keyring=keyring,
            bans=bans,
            credentials=credentials,
            sign_in=self.sign_in,
            more=[self._watch.verbs, self._backups, *spoken, *more],
        )
        self.late = self._watch.late
        hub.moderation = RoomModeration(self.office)
        hub.door.session_lasts = self.sign_in.sessions.lasts
        self.sign_in.sessions.on_ended = hub.expel_session

    async def open(self) -> str:
        """Let somebody in; return the link by which the first admin sets a password, "" for none.

        Raises ConfigError for a password file that cannot be used.
        """
        self._watch.listen()
        config = self._config()
        if signs_in_over_http(config):
            log.warning("passwords of the admin page travel in the clear: serve it over https")
        if config.admin.password_file:
            await unattended.set_up(self.sign_in, config.admin.password_file)
        if not self.sign_in.book.lacks_admin:
            return ""
        code, _ = await self.sign_in.links.issue(None)
        return setup_link("", code)

    def start(self) -> None:
        """Begin to look at how the server does."""
        self._watch.start(self._hub)
        self._backups.start()

    def apply(self, config: Config) -> None:
        """Go by another configuration."""
        self._watch.listen()
        sessions = self.sign_in.sessions
        sessions.idle, sessions.age = config.admin.session_idle, config.admin.session_age

    def tick(self) -> None:
        """End the sessions whose time is over."""
        self.sign_in.sessions.tick()

    async def stop(self, patience: float) -> None:
        """Give up what can wait; carry out, within so many seconds, the deletions that do not."""
        await self._watch.stop()
        await self._backups.stop()
        await self._deletions.finish(patience)

    def close(self) -> None:
        """Let go of the log and of the threads."""
        self._watch.deafen()
        self.sign_in.stop()
