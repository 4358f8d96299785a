"""The verbs of those in charge, without a server: on a database that nobody else has open."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tornchat import secret
from tornchat.access.admintokens import AdminTokens
from tornchat.access.credentials import Credentials
from tornchat.access.guest import GuestTokens
from tornchat.admin.actor import OPERATOR
from tornchat.admin.offline import Offline
from tornchat.chat.bans import Bans
from tornchat.chat.keyring import Keyring
from tornchat.config import Config
from tornchat.errors import StorageRefused
from tornchat.store import Store, sweep
from tornchat.store.database import NAME as DATABASE
from tornchat.wiring import office, sign_in, site_tokens

TAIL_MEMORY: Final = 64 * 1024
"""Nobody reads along."""


def administer(config: Config, verb: str, args: Mapping[str, Any]) -> Any:
    """Hold the data folder, carry out one verb, give the folder back; return plain JSON values.

    Raises FolderInUse where a server (or anything else) holds the folder, StorageRefused where
    there is no usable database, and the ChatError of the verb. It makes no database: a wrong
    folder should not look like a server without rooms.
    """
    if not (config.server.data_dir / DATABASE).exists():
        raise StorageRefused(
            f"{config.server.data_dir / DATABASE}: there is no database; start the server "
            "once, or name the right --config or --data-dir"
        )
    store = Store.open(config.server.data_dir, tail_memory=TAIL_MEMORY)
    try:
        store.journal.start(lambda group: None)
        return asyncio.run(_perform(store, config, verb, args))
    finally:
        store.close()


async def _perform(store: Store, config: Config, verb: str, args: Mapping[str, Any]) -> Any:
    key = secret.load(config.server.secret_key_file)
    ways_in = sign_in(config, store, AdminTokens(key, time.time))
    found = office(
        lambda: config,
        store,
        live=Offline(store.rooms()),
        keyring=Keyring(store, time.time),
        bans=Bans(store, time.time),
        credentials=Credentials(GuestTokens(key, time.time), site_tokens(config.site, key)),
        sign_in=ways_in,
    )
    result = msgspec.to_builtins(await found.perform(OPERATOR, verb, args))
    # What a deletion leaves behind must not wait for the next start of a server.
    await sweep(store.journal)
    return result
