"""tornchat.conf → one frozen `Config`.

Built bottom up: `kinds` and `keyfiles` turn text into values, `keys` is the one table of everything
that can be set, `settings` holds what is in force, `reader` brings file, environment and flags
together, `difference` compares two configurations, `advice` says what is right and yet unwise,
`document` writes the table down for people. It knows nothing of what the values are used for.

    config = load(Path("tornchat.conf"), os.environ, {"server.listen": "127.0.0.1:0"})
    config.server.data_dir
"""

from tornchat.config.advice import advice, signs_in_over_http
from tornchat.config.difference import Changes, changes
from tornchat.config.keyfiles import KeyFile
from tornchat.config.kinds import Address, Network
from tornchat.config.model import (
    AdminConfig,
    Config,
    LimitsConfig,
    MetricsConfig,
    PatternConfig,
    RoomConfig,
    RoomsConfig,
    ServerConfig,
    SiteConfig,
)
from tornchat.config.reader import load, read_settings
from tornchat.config.settings import Setting, Settings

__all__ = [
    "Address",
    "AdminConfig",
    "Changes",
    "Config",
    "KeyFile",
    "LimitsConfig",
    "MetricsConfig",
    "Network",
    "PatternConfig",
    "RoomConfig",
    "RoomsConfig",
    "ServerConfig",
    "Setting",
    "Settings",
    "SiteConfig",
    "advice",
    "changes",
    "load",
    "read_settings",
    "signs_in_over_http",
]
