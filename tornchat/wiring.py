"""The configuration as the parts of a server want it, each in the terms of its own layer.

It builds nothing that has to be started or stopped.
"""

import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Final

from tornchat.access.credentials import Credentials
from tornchat.access.site import Site, SiteTokens, person_id
from tornchat.admin.administration import Administration
from tornchat.chat.bans import Bans
from tornchat.chat.keyring import Keyring
from tornchat.chat.ports import Live
from tornchat.config import Config, RoomConfig, SiteConfig
from tornchat.sockjs.settings import SockJSSettings
from tornchat.store import RoomSpec, Store

HEARTBEAT_SECONDS: Final = 25


def site_tokens(sites: Sequence[SiteConfig], key: bytes) -> SiteTokens:
    """Return what reads the tokens of sites; `key` is that of the server."""
    found = [Site(s.name, {f.kid: f.key for f in s.key_file}, s.rooms) for s in sites]
    return SiteTokens(found, time.time, partial(person_id, key))


def room_spec(room: RoomConfig) -> RoomSpec:
    """Return how a room begins that has a section of its own."""
    return RoomSpec(
        room.name,
        room.title,
        room.topic,
        room.access,
        room.guests,
        room.history_age,
        room.history_messages,
        room.sites,
    )


def sockjs_settings(
    config: Config,
    admit: Callable[[str], bool],
    origin_allowed: Callable[[str | None, str], bool],
) -> SockJSSettings:
    """Return the settings of the endpoint; the two functions are its own."""
    limits = config.limits
    return SockJSSettings(
        heartbeat=HEARTBEAT_SECONDS,
        message_size=limits.message_size,
        outbound_buffer=limits.outbound_buffer,
        polling_buffer=limits.polling_buffer,
        admit=admit,
        origin_allowed=origin_allowed,
    )


def administration(
    config: Config,
    store: Store,
    *,
    live: Live,
    keyring: Keyring,
    bans: Bans,
    credentials: Credentials,
    sites: Collection[str],
) -> Administration:
    """Return the verbs of an operator. `sites`: names of the configured ones, as they change."""
    return Administration(
        store.journal,
        live=live,
        keyring=keyring,
        bans=bans,
        credentials=credentials,
        defaults=config.rooms,
        sites=sites,
        base_url=config.server.base_url,
        clock=time.time,
    )
