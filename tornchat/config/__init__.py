"""tornchat.conf → one frozen `Config`.

Built bottom up: `kinds` turns text into values, `keys` is the one table of everything that can be
set, `reader` brings file, environment and flags together, `document` writes the table down for
people. It knows nothing of what the values are used for.

    config = load(Path("tornchat.conf"), os.environ, {"server.listen": "127.0.0.1:0"})
    config.server.data_dir
"""

from tornchat.config.kinds import Address, Network
from tornchat.config.model import (
    Config,
    LimitsConfig,
    MetricsConfig,
    RoomConfig,
    RoomsConfig,
    ServerConfig,
)
from tornchat.config.reader import Setting, Settings, load, read_settings

__all__ = [
    "Address",
    "Config",
    "LimitsConfig",
    "MetricsConfig",
    "Network",
    "RoomConfig",
    "RoomsConfig",
    "ServerConfig",
    "Setting",
    "Settings",
    "load",
    "read_settings",
]
