"""How a command reaches the Office: through the server that runs, else by itself.

Never both: whoever holds the lock of the data folder acts, and a server holds it while it runs.
"""

import time
from typing import Any, Final

import click

from tornchat import logs, offline
from tornchat.cli import options
from tornchat.config import Config
from tornchat.control import NAME, NobodyListens
from tornchat.control import ask as ask_server
from tornchat.errors import StorageRefused
from tornchat.store.folder import FolderInUse

PATIENCE_SECONDS: Final = 5.0
"""How long a server may take to start or to stop before it counts as something else."""
_LOOK_SECONDS: Final = 0.05


def ask(ctx: click.Context, verb: str, **args: Any) -> Any:
    """Have one verb carried out, and return its result as plain JSON values.

    Raises ChatError, NoAnswer or StartError, each with one line for the operator.
    """
    config = options.settings(ctx).config()
    logs.configure("warning", config.server.log_format)
    return administer(config, verb, args)


def administer(
    config: Config, verb: str, args: dict[str, Any], *, patience: float = PATIENCE_SECONDS
) -> Any:
    """Carry out one verb, wherever the data folder is held; errors as for `ask`."""
    until = time.monotonic() + patience
    while True:
        try:
            return ask_server(config.server.data_dir / NAME, verb, args)
        except NobodyListens as error:
            reason = error
        try:
            return offline.administer(config, verb, args)
        except FolderInUse as error:
            if time.monotonic() >= until:
                raise StorageRefused(
                    f"data folder {config.server.data_dir}: a program holds it that takes no "
                    f"commands ({reason}); is it another tornchat, or one that hangs?"
                ) from error
        time.sleep(_LOOK_SECONDS)
