"""Configuration: what is read, what wins, and how a mistake is told."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tornchat.config import Address, load, read_settings
from tornchat.config.document import sample_file, table
from tornchat.config.keys import KEYS, PATTERN_KEYS, ROOM_KEYS, SITE_KEYS, STARTER_ROOMS
from tornchat.errors import ConfigError

ROOT = Path(__file__).parent.parent
EVERY_KEY = (*KEYS, *ROOM_KEYS, *PATTERN_KEYS, *SITE_KEYS)
KEY = bytes(range(200, 232))


@pytest.fixture
def conf(tmp_path):
    """Write a tornchat.conf and return its path."""

    def write(text: str | bytes) -> Path:
        path = tmp_path / "tornchat.conf"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def write_key(path: Path, key: bytes = KEY) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(key)
    return path


def refusal(path, environ=None, overrides=None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, environ or {}, overrides or {})
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


# ── values ──────────────────────────────────────────────────────────────────────────────────────


def test_defaults_are_those_of_the_protocol(conf):
    config = load(conf(""), {}, {})
    assert str(config.server.listen) == "127.0.0.1:8000"
    assert config.rooms.default_access == "public"
    assert config.rooms.allow_guests is True
    assert config.rooms.presence_grace == 10
    assert config.rooms.tail_memory == 64 * 1024**2
    assert config.limits.message_size == 65536
    assert config.limits.outbound_buffer == 1024**2
    assert config.limits.polling_buffer == 256 * 1024
    assert config.limits.connections == 0
    assert config.limits.connections_per_ip == 1000
    assert config.limits.connections_per_person == 50
    assert config.limits.messages_per_room == 0
    assert config.metrics.listen is None
    assert (config.room, config.room_patterns, config.site) == ((), (), ())


def test_data_folder_and_secret_key_are_beside_the_file(conf, tmp_path):
    config = load(conf(""), {}, {})
    assert config.server.data_dir == tmp_path / "data"
    assert config.server.secret_key_file == tmp_path / "data" / "secret.key"


def test_secret_key_follows_the_data_folder(conf, tmp_path):
    config = load(conf("[server]\ndata_dir = elsewhere\n"), {}, {})
    assert config.server.secret_key_file == tmp_path / "elsewhere" / "secret.key"


def test_relative_path_counts_from_the_file_wherever_one_stands(conf, tmp_path, monkeypatch):
    path = conf("[server]\nsecret_key_file = keys/key\n")
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")
    assert load(Path("../tornchat.conf"), {}, {}).server.secret_key_file.resolve() == (
        path.parent / "keys" / "key"
    )


def test_config_cannot_be_changed(conf):
    config = load(conf(""), {}, {})
    with pytest.raises(AttributeError):
        config.server.log_level = "debug"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("90s", 90), ("10m", 600), ("1h", 3600), ("2d", 172800), ("1w", 604800),
     ("45", 45), ("0.5s", 0.5)],
)  # fmt: skip
def test_duration_is_read_as_seconds(conf, text, seconds):
    config = load(conf(f"[rooms]\npresence_grace = {text}\n"), {}, {})
    assert config.rooms.presence_grace == seconds


@pytest.mark.parametrize(
    ("text", "size"), [("1", 1), ("65536", 65536), ("64k", 65536), ("1m", 1024**2), ("2G", 2**31)]
)
def test_size_is_read_as_bytes(conf, text, size):
    config = load(conf(f"[limits]\nmessage_size = {text}\n"), {}, {})
    assert config.limits.message_size == size


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8000", Address("127.0.0.1", 8000)),
        (":8000", Address("", 8000)),
        ("[::1]:0", Address("::1", 0)),
        ("chat.example:80", Address("chat.example", 80)),
    ],
)
def test_address_is_read(conf, text, address):
    assert load(conf(f"[server]\nlisten = {text}\n"), {}, {}).server.listen == address


def test_address_is_written_as_it_is_read():
    assert str(Address("::1", 8000)) == "[::1]:8000"


def test_origins_become_what_a_browser_sends(conf):
    text = "[server]\norigins = HTTPS://A.example:443, http://b.example:8080\n  http://[::1]:80\n"
    assert load(conf(text), {}, {}).server.origins == (
        "https://a.example",
        "http://b.example:8080",
        "http://[::1]",
    )


def test_base_url_loses_its_last_slash(conf):
    text = "[server]\nbase_url = https://site.example/chat/\n"
    assert load(conf(text), {}, {}).server.base_url == "https://site.example/chat"


def test_trusted_proxies_are_networks(conf):
    config = load(conf("[server]\ntrusted_proxies = 127.0.0.1, 10.0.0.0/8, ::1\n"), {}, {})
    assert [str(net) for net in config.server.trusted_proxies] == [
        "127.0.0.1/32",
        "10.0.0.0/8",
        "::1/128",
    ]


def test_zero_is_no_limit_for_rates_and_counts(conf):
    names = ("messages_per_second", "burst", "messages_per_person", "messages_per_room",
             "messages_per_ip", "commands_per_second", "joins_per_second", "joins_per_ip",
             "connects_per_ip", "connections_per_ip", "connections_per_person",
             "rooms_per_connection")  # fmt: skip
    config = load(conf("[limits]\n" + "".join(f"{name} = 0\n" for name in names)), {}, {})
    assert all(getattr(config.limits, name) == 0 for name in names)


def test_text_may_hold_what_ini_calls_special(conf):
    config = load(conf("[room a]\ntopic = 100 %(sure)s; #1 = first\n"), {}, {})
    assert config.room[0].topic == "100 %(sure)s; #1 = first"


def test_file_may_begin_with_a_byte_order_mark(conf):
    assert load(conf(b"\xef\xbb\xbf[limits]\nburst = 7\n"), {}, {}).limits.burst == 7


# ── rooms ───────────────────────────────────────────────────────────────────────────────────────


def test_room_takes_from_the_rooms_section_what_it_does_not_say(conf):
    text = (
        "[room a]\naccess = read-only\n"
        "[rooms]\ndefault_access = private\nallow_guests = no\n[room b]\nguests = yes\n"
    )
    a, b = load(conf(text), {}, {}).room
    assert (a.name, a.title, a.topic, a.access, a.guests) == ("a", "a", "", "read-only", False)
    assert (b.access, b.guests) == ("private", True)


def test_room_keeps_its_history_as_the_rooms_section_says_unless_it_says_so_itself(conf):
    text = "[rooms]\nhistory_age = 1d\n[room a]\n[room b]\nhistory_age = 0\nhistory_messages = 9\n"
    a, b = load(conf(text), {}, {}).room
    assert (a.history_age, a.history_messages) == (None, None)
    assert (b.history_age, b.history_messages) == (0, 9)


@pytest.mark.parametrize("name", ["Lobby", "-a", "a/b", "ä", "a" * 65, "a b", "..", "a\u200b"])
def test_room_name_out_of_the_pattern_is_refused(conf, name):
    message = refusal(conf(f"[server]\n[room {name}]\n"))
    assert "tornchat.conf:2: [room " in message
    assert "expected a room name" in message


def test_pattern_is_kept_apart_from_rooms(conf):
    text = "[room support-*]\naccess = private\narchive_after = 2d\n[room *-vip]\n[room a]\n"
    config = load(conf(text), {}, {})
    assert [room.name for room in config.room] == ["a"]
    first, second = config.room_patterns
    assert (first.name, first.title, first.access) == ("support-*", "", "private")
    assert (first.archive_after, second.archive_after) == (2 * 86400, 30 * 86400)


@pytest.mark.parametrize("name", ["Support-*", "a/*", "*" * 65, "a *", "ä*"])
def test_pattern_of_other_characters_is_refused(conf, name):
    assert "(or is a pattern such as support-*)" in refusal(conf(f"[room {name}]\n"))


def test_only_patterns_are_archived(conf):
    path = conf("[room a]\narchive_after = 1d\n")
    assert refusal(path) == (
        f"{path}:2: [room a] archive_after: expected in patterns such as [room support-*] only, "
        "got it for one room"
    )


def test_room_named_twice_is_refused(conf):
    assert "has a section already" in refusal(conf("[room a]\n[room  a]\n"))


def test_starter_rooms_are_there_without_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = load(None, {}, {})
    assert [room.name for room in config.room] == list(STARTER_ROOMS)
    assert config.server.data_dir == tmp_path / "data"


# ── sites ───────────────────────────────────────────────────────────────────────────────────────


def test_site_has_keys_by_the_names_of_their_files(conf, tmp_path):
    write_key(tmp_path / "keys" / "shop-1.key", KEY + b"\r\n")
    other = write_key(tmp_path / "keys" / "new", b"n" * 40)
    path = conf(f"[site shop]\nkey_file = keys/shop-1.key,\n  {other}\n")
    (site,) = load(path, {}, {}).site
    assert site.name == "shop"
    assert {file.kid: file.key for file in site.key_file} == {"shop-1": KEY, "new": b"n" * 40}
    assert (site.origins, site.rooms) == ((), ("*",))


def test_site_names_its_rooms_and_origins(conf, tmp_path):
    write_key(tmp_path / "a.key")
    text = "[site a]\nkey_file = a.key\nrooms = lobby, support-*\norigins = HTTPS://a.example:443\n"
    config = load(conf("[server]\norigins = https://b.example\n" + text), {}, {})
    assert config.site[0].rooms == ("lobby", "support-*")
    assert config.origins == ("https://b.example", "https://a.example")
    assert config.server.origins == ("https://b.example",)


def test_key_of_a_site_is_nowhere_to_be_seen(conf, tmp_path):
    write_key(tmp_path / "a.key", b"canary" * 6)
    path = conf("[site a]\nkey_file = a.key\n")
    assert "canary" not in repr(load(path, {}, {}))
    assert "canary" not in repr(list(read_settings(path, {}, {})))


def test_key_that_is_too_short_is_told_without_it(conf, tmp_path):
    file = write_key(tmp_path / "a.key", b"canary\n")
    path = conf("[site a]\nkey_file = a.key\n")
    assert refusal(path) == (
        f"{path}:2: [site a] key_file: expected at least 32 bytes, got 6 in {file}"
    )


def test_key_of_line_ends_is_too_short(conf, tmp_path):
    write_key(tmp_path / "a.key", b"\n" * 64)
    assert "expected at least 32 bytes, got 0" in refusal(conf("[site a]\nkey_file = a.key\n"))


def test_missing_key_is_told(conf, tmp_path):
    path = conf("[site a]\nkey_file = a.key\n")
    assert refusal(path) == (
        f"{path}:2: [site a] key_file: expected a file that exists, got {tmp_path / 'a.key'}"
    )


def test_two_keys_of_one_name_are_refused(conf, tmp_path):
    write_key(tmp_path / "a.key")
    write_key(tmp_path / "old" / "a.key")
    message = refusal(conf("[site a]\nkey_file = a.key old/a.key\n"))
    assert "expected a file name of its own for each key, got 'a' again" in message


def test_key_may_not_be_named_as_our_own(conf, tmp_path):
    write_key(tmp_path / "guest.key")
    assert "got 'guest' again" in refusal(conf("[site a]\nkey_file = guest.key\n"))


@pytest.mark.parametrize("line", ["", "key_file =\n"])
def test_site_without_a_key_is_refused(conf, line):
    message = refusal(conf(f"\n[site a]\n{line}"))
    assert "[site a]" in message
    assert "key_file" in message


@pytest.mark.parametrize("name", ["Shop", "a*", "a b"])
def test_site_name_out_of_the_pattern_is_refused(conf, name):
    assert "tornchat.conf:1: [site " in refusal(conf(f"[site {name}]\n"))


def test_room_takes_the_members_of_sites_there_are(conf, tmp_path):
    write_key(tmp_path / "a.key")
    sections = "".join(f"[site {name}]\nkey_file = a.key\n" for name in ("shop", "blog"))
    config = load(
        conf(f"[room a]\nsites = shop, blog\n[room b]\n[room c*]\nsites = blog\n{sections}"), {}, {}
    )
    assert [room.sites for room in config.room] == [("shop", "blog"), ()]
    assert config.room_patterns[0].sites == ("blog",)


def test_room_lists_the_pages_that_may_show_it(conf):
    config = load(
        conf(
            "[room a]\norigins = https://A.example:443 http://b.example:81\n[room b]\n[room c*]\n"
            "origins = https://c.example, https://c.example\n"
        ),
        {},
        {},
    )
    assert [room.origins for room in config.room] == [
        ("https://a.example", "http://b.example:81"),
        (),
    ]
    assert config.room_patterns[0].origins == ("https://c.example",)


def test_room_of_an_unknown_site_is_refused_with_the_nearest(conf, tmp_path):
    write_key(tmp_path / "a.key")
    path = conf(
        "[room a]\nsites = shpo\n[site blog]\nkey_file=a.key\n[site shop]\nkey_file=a.key\n"
    )
    assert refusal(path) == (
        f"{path}:2: [room a] sites: expected names of [site NAME] sections, got 'shpo', "
        "nearest: shop"
    )


def test_room_of_a_site_where_there_is_none_is_refused(conf):
    assert refusal(conf("[room a]\nsites = shop\n")).endswith("sections, got 'shop'")


# ── precedence ──────────────────────────────────────────────────────────────────────────────────


def test_flag_beats_environment_beats_file_beats_default(conf):
    path = conf("[server]\nlisten = :1\n[limits]\nburst = 1\n[rooms]\nrecovery_limit = 1\n")
    environ = {"TORNCHAT_SERVER_LISTEN": ":2", "TORNCHAT_LIMITS_BURST": "2"}
    config = load(path, environ, {"server.listen": ":3"})
    assert config.server.listen.port == 3
    assert config.limits.burst == 2
    assert config.rooms.recovery_limit == 1
    assert config.rooms.member_list_limit == 250


def test_setting_says_where_it_was_set(conf):
    path = conf("[limits]\n\nburst = 1\n")
    environ = {"TORNCHAT_SERVER_LOG_LEVEL": "debug"}
    found = read_settings(path, environ, {"server.data_dir": "/x"}).base
    assert found["limits", "burst"].origin == f"{path}:3"
    assert found["server", "log_level"].origin == "TORNCHAT_SERVER_LOG_LEVEL"
    assert found["server", "data_dir"].origin == "--data-dir"
    assert found["server", "listen"].origin == "default"


def test_other_environment_variables_are_none_of_our_business(conf):
    environ = {"TORNCHAT_PORT": "tcp://10.0.0.1:80", "TORNCHAT_TEST_STRICT": "1", "HOME": "/"}
    assert load(conf(""), environ, {}) == load(conf(""), {}, {})


# ── mistakes ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[server]\n\nlissten = :1\n", ":3: [server] lissten: unknown key, nearest: listen"),
        ("[server]\nLISTEN = :1\n", ":2: [server] LISTEN: unknown key, nearest: listen"),
        ("[server]\nburst = 1\n", ":2: [server] burst: unknown key, nearest: [limits] burst"),
        ("[room a]\ntitel = A\n", ":2: [room a] titel: unknown key, nearest: title"),
        ("[sever]\n", ":1: [sever]: unknown section, nearest: [server]"),
        ("[room]\n", ":1: [room]: unknown section, nearest: [room"),
        ("[DEFAULT]\nburst = 1\n", ":1: [DEFAULT]: unknown section, nearest: ["),
        ("[site a]\norigin = x\n", ":2: [site a] origin: unknown key, nearest: origins"),
        ("[site]\n", ":1: [site]: unknown section, nearest: [site"),
        ("[room a*]\narchiv = 1d\n", ":2: [room a*] archiv: unknown key, nearest: archive_after"),
        ("[widget]\n", ":1: [widget]: unknown section"),
        ("[limits]\nburst = 1\nburst = 2\n", ":3: [limits] burst: this key is set twice"),
        ("[limits]\n[rooms]\n[limits]\n", ":3: [limits]: this section is there twice"),
        ("burst = 1\n", ":1: expected a section such as [server] first, got 'burst = 1"),
        ("[limits]\nburst\n", ":2: expected `key = value`, `[section]` or a comment"),
    ],
)
def test_mistake_in_the_file_names_its_place(conf, text, expected):
    path = conf(text)
    assert refusal(path).startswith(f"{path}{expected}")


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("server", "listen", "8000"),
        ("server", "listen", "localhost"),
        ("server", "listen", "::1:8000"),
        ("server", "listen", "[::1:8000"),
        ("server", "listen", "127.0.0.1:65536"),
        ("server", "listen", "a b:1"),
        ("server", "listen", ""),
        ("server", "base_url", "site.example/chat"),
        ("server", "base_url", "ftp://site.example"),
        ("server", "base_url", "https://site.example/chat?x"),
        ("server", "base_url", "https://site.example/a/../b"),
        ("server", "base_url", "https://me:pw@site.example"),
        ("server", "data_dir", ""),
        ("server", "origins", "*"),
        ("server", "origins", "null"),
        ("server", "origins", "https://site.example/"),
        ("server", "origins", "https://site.example#x"),
        ("server", "origins", "https://*.site.example"),
        ("server", "origins", "https://a.example https://ä.example"),
        ("server", "origins", "https://a.example:99999"),
        ("server", "trusted_proxies", "proxy"),
        ("server", "trusted_proxies", "10.0.0.1/8"),
        ("server", "tls_cert", "no-such-file.pem"),
        ("server", "log_level", "INFO"),
        ("server", "log_format", "xml"),
        ("rooms", "default_access", "open"),
        ("rooms", "allow_guests", "2"),
        ("rooms", "history_age", "1y"),
        ("rooms", "history_age", "-1d"),
        ("rooms", "history_age", "d"),
        ("rooms", "history_age", ""),
        ("rooms", "history_age", "inf"),
        ("rooms", "recovery_limit", "0"),
        ("rooms", "recovery_limit", "٣"),
        ("rooms", "tail_memory", "0"),
        ("limits", "message_size", "0"),
        ("limits", "message_size", "0k"),
        ("limits", "message_size", "64kb"),
        ("limits", "message_size", "1.5m"),
        ("limits", "text_length", "0"),
        ("limits", "outbound_buffer", "0"),
        ("limits", "polling_buffer", "0"),
        ("limits", "messages_per_second", "nan"),
        ("limits", "messages_per_second", "5/s"),
        ("limits", "burst", "1e3"),
        ("limits", "burst", "10 # ten"),
        ("limits", "connections", "1_000"),
        ("metrics", "listen", "9100"),
        ("limits", "messages_per_ip", "many"),
        ("limits", "commands_per_second", "-1"),
        ("site a", "rooms", ""),
        ("site a", "rooms", "Lobby"),
        ("site a", "rooms", "a/*"),
        ("site a", "origins", "a.example"),
        ("room a", "sites", "a*"),
        ("room a*", "archive_after", "never"),
        ("room a", "origins", "*"),
        ("room a", "origins", "https://*.a.example"),
        ("room a*", "origins", "https://a.example; script-src *"),
        ("room a", "origins", " ".join(f"https://a{n}.example" for n in range(21))),
        ("room a", "access", "secret"),
        ("room a", "guests", "maybe"),
        ("room a", "topic", "one\n  two"),
    ],
)
def test_wrong_value_is_told_with_what_was_expected(conf, section, name, value):
    path = conf(f"[{section}]\n{name} = {value}\n")
    message = refusal(path)
    assert message.startswith(f"{path}:2: [{section}] {name}: expected ")
    assert ", got '" in message


def test_comment_behind_a_value_gets_a_hint(conf):
    assert "a comment needs a line of its own" in refusal(conf("[limits]\nburst = 10 # ten\n"))


def test_long_wrong_value_is_shortened(conf):
    assert len(refusal(conf(f"[limits]\nburst = {'9' * 10_000}\n"))) < 300


def test_wrong_value_in_the_environment_names_the_variable(conf):
    message = refusal(conf(""), {"TORNCHAT_LIMITS_BURST": "ten"})
    assert message.startswith("TORNCHAT_LIMITS_BURST: [limits] burst: expected a whole number")


def test_unknown_environment_variable_names_the_nearest(conf):
    message = refusal(conf(""), {"TORNCHAT_SERVER_LISTN": ":1"})
    assert message == (
        "TORNCHAT_SERVER_LISTN: unknown environment variable, nearest: TORNCHAT_SERVER_LISTEN"
    )


def test_wrong_flag_names_the_flag(conf):
    assert refusal(conf(""), {}, {"server.listen": "x"}).startswith("--listen: [server] listen:")


@pytest.mark.parametrize(("name", "other"), [("tls_cert", "tls_key"), ("tls_key", "tls_cert")])
def test_certificate_and_key_need_each_other(conf, tmp_path, name, other):
    (tmp_path / "file.pem").touch()
    message = refusal(conf(f"[server]\n{name} = file.pem\n"))
    assert f":2: [server] {name}: expected {other} beside it" in message


def test_missing_file_is_told(tmp_path):
    path = tmp_path / "none.conf"
    assert refusal(path) == f"{path}: there is no such configuration file"


def test_folder_in_place_of_the_file_is_told(tmp_path):
    assert "cannot read the configuration" in refusal(tmp_path)


def test_file_that_is_not_utf8_is_told(conf):
    assert "expected UTF-8 text" in refusal(conf(b"[room a]\ntitle = \xff\n"))


_LINES = st.one_of(
    st.sampled_from(["[server]", "[room a]", "[room]", "[room a*]", "[site a]",
                     "key_file = x", "[limits]", "listen = :1", "burst = 1",
                     "  [x]", "title = a", "= 1", "#", ";x", "[", "]", "[]", "a", ""]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_LINES, max_size=8))
def test_any_text_is_either_read_or_refused_in_one_line(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("any") / "tornchat.conf"
    path.write_text("\n".join(lines), encoding="utf-8")
    try:
        load(path, {}, {})
        said = ""
    except ConfigError as error:
        said = str(error)
    assert len(said.splitlines()) <= 1


# ── the table ───────────────────────────────────────────────────────────────────────────────────


def test_shipped_file_is_the_one_the_table_makes():
    assert (ROOT / "tornchat.conf").read_text(encoding="utf-8") == sample_file()


def test_shipped_file_says_what_holds_without_it(tmp_path, monkeypatch):
    (tmp_path / "tornchat.conf").write_text(sample_file())
    monkeypatch.chdir(tmp_path)
    assert load(Path("tornchat.conf"), {}, {}) == load(None, {}, {})


def test_shipped_file_stays_right_when_every_key_is_taken_in(conf, tmp_path):
    text = re.sub(r"^#(?=[a-z_]+ =|\[)", "", sample_file(), flags=re.MULTILINE)
    write_key(tmp_path / "keys" / "shop-1.key")
    config = load(conf(text), {}, {})
    assert len(config.room) == 2
    assert [room.name for room in config.room_patterns] == ["support-*"]
    assert [site.name for site in config.site] == ["shop"]


def test_documentation_holds_the_table():
    assert table() in (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("key", EVERY_KEY, ids=lambda key: f"{key.section}.{key.name}")
def test_key_is_explained_in_a_sentence(key):
    assert key.help.endswith(".")
    assert "|" not in key.help
