"""The tables as peewee models: names and types, and nothing that reads or writes them.

The models belong to no database: every query is executed on the connection its caller holds, so
that several stores can live in one process. The schema itself is made by `migrations`; a test
compares the two.
"""

from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    IntegerField,
    Model,
    TextField,
)
from playhouse.sqlite_ext import FTS5Model, SearchField


class Room(Model):
    """One room; `next_seq` is the only source of seqs, `first` the oldest one still kept.

    A room that is `removed` has lost its name; its rows go step by step, this one last. `version`
    counts the changes of its settings; `words` are those that nobody may write, one to a line;
    `sites` and `origins` have spaces between them.
    """

    id = AutoField()
    name = TextField(unique=True)
    title = TextField()
    topic = TextField()
    access = TextField()
    guests = BooleanField()
    epoch = TextField()
    first = BigIntegerField()
    next_seq = BigIntegerField()
    created = BigIntegerField()
    last_time = BigIntegerField()
    history_age = BigIntegerField(null=True)
    history_messages = BigIntegerField(null=True)
    sites = TextField()
    rotated = BigIntegerField()
    archived = BigIntegerField(null=True)
    pattern = TextField(null=True)
    removed = BooleanField()
    slow_mode = IntegerField()
    locked = BooleanField()
    join_lines = BooleanField()
    words = TextField()
    version = IntegerField()
    origins = TextField()

    class Meta:
        table_name = "room"


class LogEntry(Model):
    """One numbered line of a room's log; a message row also holds its present state.

    The columns stand in the order of `rows.Row`.
    """

    room_id = IntegerField()
    seq = BigIntegerField()
    kind = IntegerField()
    time = BigIntegerField()
    person_id = TextField(null=True)
    person_name = TextField(null=True)
    person_verified = IntegerField(null=True)
    person_kind = TextField(null=True)
    client_id = TextField(null=True)
    fingerprint = BlobField(null=True)
    text = TextField()
    message_kind = TextField(null=True)
    data = BlobField(null=True)
    reply_to = BigIntegerField(null=True)
    target = BigIntegerField(null=True)
    emoji = TextField(null=True)
    active = IntegerField(null=True)
    edited = BigIntegerField(null=True)
    deleted = BigIntegerField(null=True)
    reactions = TextField(null=True)
    checksum = BigIntegerField()

    class Meta:
        table_name = "entry"
        primary_key = CompositeKey("room_id", "seq")
        without_rowid = True


class Reaction(Model):
    """Who holds which emoji on which message now; the counts stand in the message's row."""

    room_id = IntegerField()
    target = BigIntegerField()
    emoji = TextField()
    person_id = TextField()

    class Meta:
        table_name = "reaction"
        primary_key = CompositeKey("room_id", "target", "emoji", "person_id")
        without_rowid = True


class ReadPosition(Model):
    """How far a person has read in a room."""

    room_id = IntegerField()
    person_id = TextField()
    seq = BigIntegerField()

    class Meta:
        table_name = "read_position"
        primary_key = CompositeKey("room_id", "person_id")
        without_rowid = True


class Token(Model):
    """An invite or an API key: the SHA-256 of its text, never the text."""

    id = AutoField()
    kind = TextField()
    digest = BlobField(unique=True)
    label = TextField()
    room = TextField(index=True)
    role = TextField()
    created = BigIntegerField()
    expires = BigIntegerField(null=True)
    uses = IntegerField(null=True)
    used = IntegerField()
    last_used = BigIntegerField(null=True)
    last_place = TextField(null=True)
    revoked = BigIntegerField(null=True)

    class Meta:
        table_name = "token"


class Binding(Model):
    """A person whom an invite has let in; void as soon as the invite is revoked."""

    token_id = IntegerField()
    person_id = TextField()
    room = TextField()
    role = TextField()
    time = BigIntegerField()

    class Meta:
        table_name = "binding"
        primary_key = CompositeKey("token_id", "person_id")
        without_rowid = True


class Ban(Model):
    """A place or a person that may not come in (`kind` ban), or may not write (mute)."""

    id = AutoField()
    place = TextField(null=True)
    person_id = TextField(null=True)
    room = TextField(null=True)
    reason = TextField()
    created = BigIntegerField()
    expires = BigIntegerField(null=True)
    source = TextField()
    hits = IntegerField()
    kind = TextField()
    name = TextField(null=True)
    author = TextField()

    class Meta:
        table_name = "ban"


class Account(Model):
    """Somebody who may sign in to the admin page; `rooms` None: to all of it.

    `totp_step`: the last time step whose code was used; none counts twice.
    """

    id = AutoField()
    name = TextField()
    folded = TextField(unique=True)
    password = TextField(null=True)
    totp = TextField(null=True)
    totp_step = BigIntegerField()
    rooms = TextField(null=True)
    created = BigIntegerField()
    last_login = BigIntegerField(null=True)

    class Meta:
        table_name = "account"


class Session(Model):
    """A browser that is signed in: the SHA-256 of its cookie, never the cookie."""

    digest = BlobField(primary_key=True)
    account_id = IntegerField()
    created = BigIntegerField()
    seen = BigIntegerField()
    place = TextField()
    agent = TextField()

    class Meta:
        table_name = "session"
        without_rowid = True


class LoginLink(Model):
    """A link that lets one person set a password, once; `account_id` None: of the first account."""

    digest = BlobField(primary_key=True)
    account_id = IntegerField(null=True)
    expires = BigIntegerField()

    class Meta:
        table_name = "login_link"
        without_rowid = True


class AuditEntry(Model):
    """Who did what to whom, when and from where; rows are only ever added."""

    id = AutoField()
    time = BigIntegerField()
    actor = TextField()
    actor_kind = TextField()
    place = TextField()
    verb = TextField()
    room = TextField(null=True)
    subject = TextField()
    detail = TextField()

    class Meta:
        table_name = "audit"


class Visit(Model):
    """When a person was first and last in a room, and under which name last.

    `folded` is that name as it is searched for.
    """

    room_id = IntegerField()
    person_id = TextField()
    name = TextField()
    folded = TextField()
    verified = BooleanField()
    kind = TextField()
    first = BigIntegerField()
    last = BigIntegerField()
    place = TextField()

    class Meta:
        table_name = "visit"
        primary_key = CompositeKey("room_id", "person_id")
        without_rowid = True


class SearchEntry(Model):
    """Which row of the search index is about which message; later messages have higher ids."""

    id = AutoField()
    room_id = IntegerField()
    seq = BigIntegerField()

    class Meta:
        table_name = "search_entry"


class SearchPosition(Model):
    """Up to where a room's log has been taken into the search index."""

    room_id = IntegerField(primary_key=True)
    seq = BigIntegerField()

    class Meta:
        table_name = "search_position"


class SearchPurge(Model):
    """That words which were removed may still be in the file; one row at most.

    `wanted` counts the removals; `urgent`: one of them was a deletion.
    """

    id = AutoField()
    wanted = IntegerField()
    urgent = BooleanField()

    class Meta:
        table_name = "search_purge"


class SearchIndex(FTS5Model):  # type: ignore[misc]  # playhouse has no types
    """The index itself: which words are in which row of `SearchEntry`, and no text.

    `marks` holds two words of ours about each message: its room and who wrote it.
    """

    text = SearchField()
    marks = SearchField()

    class Meta:
        table_name = "search"
