"""The server as a process: built, run until a signal says stop, and its address printed.

It knows nothing of what the server is made of.
"""

import asyncio
import signal
from contextlib import suppress

import click

from tornchat import __version__
from tornchat.admin.settings import Read, SettingVerbs
from tornchat.app import App
from tornchat.config import Config
from tornchat.errors import StorageRefused
from tornchat.hangup import on_hangup
from tornchat.loop import new_event_loop
from tornchat.reloading import Reloader


def run(config: Config, read: Read, *, dev: bool = False) -> None:
    """Serve until SIGTERM or SIGINT. Raises StartError where the server cannot start or go on.

    `read` returns the settings as they are written now; it is asked at each SIGHUP, and by the
    admin page with other values of its own.
    """
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve(config, read, dev))


async def _serve(config: Config, read: Read, dev: bool) -> None:
    app = App(config, dev=dev)
    reloader = Reloader(config, lambda: read(None).config(), app.apply)
    app.sections = [SettingVerbs(read, reloader.take, config.server.data_dir)]
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    on_hangup(loop, reloader.ask, stop.set)
    app.on_broken = stop.set
    await app.start()
    reloader.start()
    with suppress(OSError):
        click.echo(f"tornchat {__version__} is ready at {app.address}")
        if app.setup_link:
            click.echo(f"Set up the admin page (once, within 30 minutes): {app.setup_link}")
    await stop.wait()
    await reloader.stop()
    await app.stop()
    if app.broken:
        raise StorageRefused(app.broken)
