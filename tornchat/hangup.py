"""What SIGHUP asks for: to read the configuration again, or to go with the terminal.

It knows nothing of configurations and servers.
"""

import asyncio
import os
import signal
from collections.abc import Callable


def on_hangup(
    loop: asyncio.AbstractEventLoop, reload: Callable[[], None], stop: Callable[[], None]
) -> None:
    """Have SIGHUP call `reload`, or `stop` where it came because the terminal was closed.

    A server in somebody's terminal goes with it, unless it was started by `nohup`. Where there is
    no SIGHUP, nothing is done.
    """
    if not hasattr(signal, "SIGHUP"):
        return
    stays = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN or not _has_terminal()
    loop.add_signal_handler(signal.SIGHUP, lambda: reload() if stays or _has_terminal() else stop())


def _has_terminal() -> bool:
    """Return whether the process has a terminal that controls it."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
