"""The configuration as the parts of a server want it, each in the terms of its own layer.

It builds nothing that has to be started or stopped.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from tornchat.access.admintokens import AdminTokens
from tornchat.access.credentials import Credentials
from tornchat.access.site import Site, SiteTokens, person_id
from tornchat.access.throttle import LoginThrottle
from tornchat.admin.accountbook import AccountBook
from tornchat.admin.accounts import AccountVerbs
from tornchat.admin.announce import AnnounceVerbs
from tornchat.admin.audit import Audit
from tornchat.admin.banlist import BanListVerbs
from tornchat.admin.bans import BanVerbs
from tornchat.admin.deletions import Deletions
from tornchat.admin.links import LoginLinks
from tornchat.admin.listing import ListVerbs
from tornchat.admin.messages import MessageVerbs
from tornchat.admin.office import Office
from tornchat.admin.ownaccount import OwnAccount
from tornchat.admin.people import PeopleVerbs
from tornchat.admin.rooms import RoomVerbs
from tornchat.admin.sessions import Sessions
from tornchat.admin.signin import SignIn
from tornchat.admin.tokens import TokenVerbs
from tornchat.admin.visitors import VisitorVerbs
from tornchat.chat.bans import Bans
from tornchat.chat.keyring import Keyring
from tornchat.chat.ports import Live
from tornchat.config import Config, RoomConfig, SiteConfig
from tornchat.protocol import AdminEvent
from tornchat.sockjs.settings import SockJSSettings
from tornchat.store import RoomSpec, Store
from tornchat.store.accounts import read_accounts, read_links, read_sessions

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
        origins=room.origins,
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


def office(
    config: Callable[[], Config],
    store: Store,
    *,
    live: Live,
    keyring: Keyring,
    bans: Bans,
    credentials: Credentials,
    sign_in: SignIn,
    more: Sequence[object] = (),
    clock: Callable[[], float] = time.time,
) -> Office:
    """Return the verbs of those in charge.

    `config` returns the configuration that holds, `clock` gives UTC seconds. `more`: the sections
    that only a running server has.
    """
    audit = Audit(store, clock)
    audit.on_row = lambda: live.tell_admins(AdminEvent("audit"))
    sections = (
        RoomVerbs(store.journal, live=live, keyring=keyring, config=config, clock=clock),
        TokenVerbs(live=live, keyring=keyring, credentials=credentials, config=config, clock=clock),
        ListVerbs(live=live, keyring=keyring, history=store.history),
        BanVerbs(bans, live=live, clock=clock),
        PeopleVerbs(live=live),
        VisitorVerbs(live=live, visits=store.visits),
        BanListVerbs(bans, live=live),
        AccountVerbs(
            sign_in.book,
            sign_in.sessions,
            sign_in.links,
            base_url=lambda: config().server.base_url,
            clock=clock,
        ),
        OwnAccount(sign_in),
        audit,
        *more,
    )
    return Office(sections, audit)


def messaging(
    config: Callable[[], Config], store: Store, *, live: Live, deletions: Deletions
) -> list[object]:
    """Return the verbs about what is said in rooms, for a server that runs."""
    return [
        MessageVerbs(store, live=live, deletions=deletions),
        AnnounceVerbs(live=live, text_length=lambda: config().limits.text_length),
    ]


def sign_in(
    config: Config, store: Store, tokens: AdminTokens, clock: Callable[[], float] = time.time
) -> SignIn:
    """Return the ways in to the admin page, with everybody who has an account."""
    journal, settings = store.journal, config.admin
    return SignIn(
        AccountBook(journal, store.found(read_accounts)),
        Sessions(
            journal,
            store.found(read_sessions),
            idle=settings.session_idle,
            age=settings.session_age,
            clock=clock,
        ),
        LoginLinks(journal, store.found(read_links), clock),
        tokens=tokens,
        throttle=LoginThrottle(time.monotonic),
        audit=Audit(store, clock),
        clock=clock,
    )
