"""tornchat: durable, ordered chat rooms in one process.

A message travels through eight verbs, and each lives in one place:

    receive → decode → handle → publish → commit → fan_out → deliver → send

Read in this order, from the bottom up; imports go downwards only:

    errors, frames   every refusal and every ending; texts that leave together
    config/          tornchat.conf → one frozen Config
    protocol         the wire: typed commands and events
    access/          who may do what, and what a name or a text may be
    store/           the durable log: journal (writer) and history (readers); peewee lives here only
    chat/            the live rooms: hub, room, fan-out, presence, client
    admin/           the verbs of those in charge, for the command line, HTTP and the admin page
    sockjs/          SockJS on sockjs-tornado, hardened and fast
    web/             pages, frames and scripts for pages of others, health, metrics, headers
    control/         the socket by which the command line speaks with the server
    wiring           the configuration in the terms of each of them
    hangup           what SIGHUP means: a closed terminal, or
    reloading        the configuration, read again
    backoffice       what a running server has for those in charge; watching: its figures
    app              the composition root
    running          the server as a process
    offline          the operator's verbs without a server
    logs, cli        what an operator sees and types
"""

__version__ = "0.1.0"
