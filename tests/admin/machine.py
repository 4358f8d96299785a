"""What an office has besides while a server runs: its figures, its configuration, its backups."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

from tornchat.admin.backups import BackupVerbs
from tornchat.admin.errorlog import ErrorLog
from tornchat.admin.figures import LOOK_SECONDS, FigureVerbs, Sampler
from tornchat.admin.settings import SettingVerbs
from tornchat.config import Config, Settings, read_settings
from tornchat.reloading import Reloader
from tornchat.store import Store
from tornchat.web.metrics import Metrics


class Machine:
    """Figures that are raised by hand, and a configuration file that is applied to a list.

    `environ` and `flags` go before the page. `refusal` is raised where a configuration is applied.
    """

    def __init__(self, store: Store, folder: Path, clock: Callable[[], float]) -> None:
        self.folder = folder
        self.file = folder.parent / "tornchat.conf"
        self.file.write_text("[limits]\nburst = 7\n[room den]\ntopic = Quiet\n")
        self.environ: dict[str, str] = {}
        self.flags: dict[str, str] = {"server.data_dir": str(folder)}
        self.refusal: Exception | None = None
        self.applied: list[Config] = []
        self.reloader = Reloader(self.read(None).config(), self._config, self._apply)
        self.metrics = Metrics()
        self.errors = ErrorLog()
        self.time = SimpleNamespace(now=0.0)
        self.sampler = Sampler(
            self.metrics, folder / "tornchat.db", clock=clock, monotonic=lambda: self.time.now
        )
        self.told = 0
        self.backups = BackupVerbs(store, folder, told=self._tell, clock=clock)
        self.sections = (
            FigureVerbs(self.sampler, self.errors),
            SettingVerbs(self.read, self.reloader.take, folder),
            self.backups,
        )

    def read(self, page: Mapping[str, str] | None) -> Settings:
        return read_settings(self.file, self.environ, self.flags, page)

    def look(self, times: int = 1) -> None:
        """Let time pass, and have it looked at."""
        for _ in range(times):
            self.time.now += LOOK_SECONDS
            self.sampler.look()

    def _config(self) -> Config:
        return self.read(None).config()

    async def _apply(self, config: Config) -> None:
        if self.refusal:
            raise self.refusal
        self.applied.append(config)

    def _tell(self) -> None:
        self.told += 1
