"""Configuration: what is read, what wins, and how a mistake is told."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tornchat.config import Address, load, read_settings
from tornchat.config.document import sample_file, table
from tornchat.config.keys import KEYS, ROOM_KEYS, STARTER_ROOMS
from tornchat.errors import ConfigError

ROOT = Path(__file__).parent.parent


@pytest.fixture
def conf(tmp_path):
    """Write a tornchat.conf and return its path."""

    def write(text: str | bytes) -> Path:
        path = tmp_path / "tornchat.conf"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


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
    assert config.metrics.listen is None
    assert config.room == ()


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
    names = ("messages_per_second", "burst", "joins_per_second", "connections_per_ip",
             "connections_per_person", "rooms_per_connection")  # fmt: skip
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


def test_room_pattern_is_refused_in_its_own_words(conf):
    assert "patterns are not known yet" in refusal(conf("[room support-*]\n"))


def test_room_named_twice_is_refused(conf):
    assert "has a section already" in refusal(conf("[room a]\n[room  a]\n"))


def test_starter_rooms_are_there_without_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = load(None, {}, {})
    assert [room.name for room in config.room] == list(STARTER_ROOMS)
    assert config.server.data_dir == tmp_path / "data"


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
        ("[admin]\n", ":1: [admin]: unknown section"),
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
    st.sampled_from(["[server]", "[room a]", "[room]", "[limits]", "listen = :1", "burst = 1",
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


def test_shipped_file_stays_right_when_every_key_is_taken_in(conf):
    text = re.sub(r"^#(?=[a-z_]+ =)", "", sample_file(), flags=re.MULTILINE)
    assert len(load(conf(text), {}, {}).room) == 2


def test_documentation_holds_the_table():
    assert table() in (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("key", [*KEYS, *ROOM_KEYS], ids=lambda key: f"{key.section}.{key.name}")
def test_key_is_explained_in_a_sentence(key):
    assert key.help.endswith(".")
    assert "|" not in key.help
