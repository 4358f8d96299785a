"""Reading the configuration again: what is applied, what is said, and what a mistake costs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tornchat.config import Config, load
from tornchat.errors import ConfigError
from tornchat.reloading import Reloader


class Scene:
    """A configuration file, and a server that takes over whatever it is given."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "tornchat.conf"
        self.write("")
        self.applied: list[Config] = []
        self.refusal: Exception | None = None
        self.taken = asyncio.Event()
        self.reloader = Reloader(self.read(), self.read, self.apply)

    def write(self, text: str) -> None:
        self.path.write_text(text)

    def read(self) -> Config:
        return load(self.path, {}, {})

    async def apply(self, config: Config) -> None:
        self.taken.set()
        if self.refusal:
            raise self.refusal
        self.applied.append(config)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[tuple[str, str]]]:
    caplog.set_level(logging.INFO)
    return lambda: [(record.levelname, record.message) for record in caplog.records]


def run(folder: Path, test: Callable[[Scene], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(10):
            await test(Scene(folder))

    asyncio.run(main())


def test_change_is_applied_and_named(tmp_path, said):
    async def main(scene: Scene) -> None:
        scene.write("[limits]\nburst = 7\n[room den]\n")
        await scene.reloader.reload()
        assert scene.applied == [scene.read()]
        assert scene.reloader.config == scene.read()

    run(tmp_path, main)
    assert said() == [("INFO", "configuration read again: [limits] burst, [room den]")]


def test_file_that_says_the_same_is_applied_for_the_files_it_names(tmp_path, said):
    async def main(scene: Scene) -> None:
        await scene.reloader.reload()
        assert scene.applied == [scene.read()]

    run(tmp_path, main)
    assert said() == [("INFO", "configuration read again: nothing new")]


def test_what_needs_a_restart_is_named_in_one_line_and_left_as_it_was(tmp_path, said):
    async def main(scene: Scene) -> None:
        scene.write("[server]\nlisten = :9\ndata_dir = other\n[limits]\nburst = 7\n")
        await scene.reloader.reload()
        (config,) = scene.applied
        assert config.limits.burst == 7
        assert config.server.listen.port == 8000

    run(tmp_path, main)
    level, message = said()[-1]
    assert level == "WARNING"
    assert message.startswith("only a restart will change [server] listen, [server] data_dir")


def test_mistake_is_one_line_and_the_old_configuration_stays(tmp_path, said):
    async def main(scene: Scene) -> None:
        before = scene.reloader.config
        scene.write("[limits]\nburst = ten\n")
        await scene.reloader.reload()
        assert scene.applied == []
        assert scene.reloader.config is before

    run(tmp_path, main)
    ((level, message),) = said()
    assert level == "ERROR"
    assert "stays as it was" in message
    assert "tornchat.conf:2: [limits] burst: expected a whole number" in message


def test_change_that_could_not_be_applied_is_tried_again_with_the_next(tmp_path, said):
    async def main(scene: Scene) -> None:
        scene.write("[limits]\nburst = 7\n")
        scene.refusal = ConfigError("no such certificate")
        await scene.reloader.reload()
        assert scene.reloader.config.limits.burst == 10
        scene.refusal = None
        await scene.reloader.reload()
        assert scene.reloader.config.limits.burst == 7

    run(tmp_path, main)
    assert said() == [
        ("ERROR", "the configuration stays as it was: no such certificate"),
        ("INFO", "configuration read again: [limits] burst"),
    ]


def test_who_asks_is_answered_also_after_a_failure_and_from_before_the_start(tmp_path):
    async def main(scene: Scene) -> None:
        scene.reloader.ask()
        scene.reloader.start()
        for refusal in (RuntimeError("a bug"), None):
            scene.refusal = refusal
            await scene.taken.wait()
            scene.taken.clear()
            scene.reloader.ask()
        await scene.taken.wait()
        await scene.reloader.stop()
        assert len(scene.applied) >= 1
        assert len(asyncio.all_tasks()) == 1

    run(tmp_path, main)
