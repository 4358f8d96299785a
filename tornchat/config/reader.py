"""Brings tornchat.conf, the environment and flags together, and says exactly what is wrong.

Flag > environment > admin page > file > default. Every refusal is one line: where, which key, what
was expected, what came, and the nearest known name. It knows nothing of what the values are used
for.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from tornchat.config.ini import Line, read_lines
from tornchat.config.keys import KEYS, PATTERN_KEYS, ROOM_NAME, SECTIONS, STARTER_ROOMS, Key
from tornchat.config.kinds import is_pattern
from tornchat.config.model import Config
from tornchat.config.pagefile import ORIGIN, read_page
from tornchat.config.settings import Section, Setting, Settings, parsed, shown
from tornchat.errors import ConfigError

_BY_NAME = {(key.section, key.name): key for key in KEYS}
_NAMED = ("room", "site")


def load(path: Path | None, environ: Mapping[str, str], overrides: Mapping[str, str]) -> Config:
    """Return the configuration in force.

    `path` is tornchat.conf, None for the built-in values with their two starter rooms; relative
    paths count from its folder, else from the current one. `overrides` are flags as text, by
    `section.key`. Raises ConfigError, in one line, for the first thing that is wrong.
    """
    return read_settings(path, environ, overrides).config()


def read_settings(
    path: Path | None,
    environ: Mapping[str, str],
    overrides: Mapping[str, str],
    page: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings in force with their origins; arguments and errors as for `load`.

    `page`: what the admin page has set, as text by `section.key`; None: what the data folder says.
    """
    folder = path.parent.resolve() if path else Path.cwd()
    settings = Settings(folder)
    lines = read_lines(path) if path else _starter_lines()
    for line in lines:
        _set_from_file(settings, line, folder)
    above = [*_from_environ(environ, folder), *_from_flags(overrides, folder)]
    _set(settings, above)
    data_dir: Path = settings.base["server", "data_dir"].value
    _set(settings, _from_page(read_page(data_dir) if page is None else page, folder))
    _set(settings, above)
    _check_certificate(settings)
    _check_sites(settings)
    return settings


def _set(settings: Settings, found: Iterable[Setting]) -> None:
    for setting in found:
        settings.base[setting.section, setting.name] = setting


def _starter_lines() -> Iterator[Line]:
    for name, values in STARTER_ROOMS.items():
        section = f"room {name}"
        yield Line("built in", section)
        yield from (Line("built in", section, key, text) for key, text in values.items())


def _set_from_file(settings: Settings, line: Line, folder: Path) -> None:
    kind, _, name = line.section.partition(" ")
    if kind in _NAMED and name:
        _set_in_named(settings, line, (kind, name.strip()), folder)
    elif line.section not in SECTIONS:
        nearest = _nearest(line.section, (*SECTIONS, "room NAME", "site NAME"))
        raise ConfigError(f"{line.origin}: [{line.section}]: unknown section, nearest: [{nearest}]")
    elif line.name is not None:
        key = _known(line.origin, line.section, line.name)
        settings.base[line.section, line.name] = parsed(key, line, folder)


def _set_in_named(settings: Settings, line: Line, name: tuple[str, str], folder: Path) -> None:
    if line.name is None:
        settings.named[name] = _new_section(settings, line, *name)
        return
    section = settings.named[name]
    key = section.keys.get(line.name)
    if key is None:
        raise _unknown_in(section, line, line.name)
    section.settings[line.name] = parsed(key, line, folder)


def _new_section(settings: Settings, line: Line, kind: str, name: str) -> Section:
    where = f"{line.origin}: [{line.section}]"
    if not ROOM_NAME.fullmatch(name) and not (kind == "room" and is_pattern(name)):
        also = " (or is a pattern such as support-*)" if kind == "room" else ""
        raise ConfigError(
            f"{where}: expected a {kind} name of at most 64 of a-z 0-9 . _ - that begins with a "
            f"letter or digit{also}, got {shown(name)}"
        )
    if (kind, name) in settings.named:
        raise ConfigError(f"{where}: this {kind} has a section already")
    return Section(kind, name, line.origin)


def _unknown_in(section: Section, line: Line, name: str) -> ConfigError:
    if section.kind == "room" and name in {key.name for key in PATTERN_KEYS}:
        return ConfigError(
            f"{line.origin}: [{line.section}] {name}: expected in patterns such as "
            f"[room support-*] only, got it for one room"
        )
    return _unknown(line.origin, line.section, name, section.keys)


def _known(origin: str, section: str, name: str) -> Key:
    key = _BY_NAME.get((section, name))
    if key is None:
        raise _unknown(origin, section, name, [n for s, n in _BY_NAME if s == section])
    return key


def _unknown(origin: str, section: str, name: str, known: Iterable[str]) -> ConfigError:
    homes = [s for s, n in _BY_NAME if n == name]
    nearest = f"[{homes[0]}] {name}" if homes else _nearest(name, known)
    return ConfigError(f"{origin}: [{section}] {name}: unknown key, nearest: {nearest}")


def _nearest(name: str, known: Iterable[str]) -> str:
    by_lower = {word.lower(): word for word in known}
    return by_lower[get_close_matches(name.lower(), by_lower, n=1, cutoff=0.0)[0]]


def _from_environ(environ: Mapping[str, str], folder: Path) -> Iterator[Setting]:
    known = {key.variable: key for key in KEYS}
    prefixes = tuple(f"TORNCHAT_{section}_".upper() for section in SECTIONS)
    for variable, text in environ.items():
        if not variable.startswith(prefixes):
            continue
        if variable not in known:
            nearest = _nearest(variable, known)
            raise ConfigError(f"{variable}: unknown environment variable, nearest: {nearest}")
        key = known[variable]
        yield parsed(key, Line(variable, key.section, key.name, text), folder)


def _from_flags(overrides: Mapping[str, str], folder: Path) -> Iterator[Setting]:
    for dotted, text in overrides.items():
        section, _, name = dotted.partition(".")
        flag = f"--{name.replace('_', '-')}"
        yield parsed(_known(flag, section, name), Line(flag, section, name, text), folder)


def _from_page(page: Mapping[str, str], folder: Path) -> Iterator[Setting]:
    for dotted, text in page.items():
        section, _, name = dotted.partition(".")
        key = _BY_NAME.get((section, name))
        # What a later version could set, or an earlier one, must not keep this one from starting.
        if key is not None and key.on_page:
            yield parsed(key, Line(ORIGIN, section, name, text), folder)


# ── what is right for each key alone, and wrong for two ─────────────────────────────────────────


def _check_certificate(settings: Settings) -> None:
    cert, key = (settings.base["server", name] for name in ("tls_cert", "tls_key"))
    if bool(cert.value) != bool(key.value):
        there, missing = (cert, key) if cert.value else (key, cert)
        raise ConfigError(
            f"{there.origin}: [server] {there.name}: expected {missing.name} beside it, got none"
        )


def _check_sites(settings: Settings) -> None:
    sites = [site.name for site in settings.all("site")]
    for site in settings.all("site"):
        if "key_file" not in site.settings:
            raise ConfigError(f"{site.origin}: [site {site.name}]: expected a key_file, got none")
    for room in settings.all("room"):
        if "sites" in room.settings:
            _check_names(room.settings["sites"], sites)


def _check_names(setting: Setting, sites: list[str]) -> None:
    for name in setting.value:
        if name not in sites:
            nearest = f", nearest: {_nearest(name, sites)}" if sites else ""
            raise ConfigError(
                f"{setting.origin}: [{setting.section}] {setting.name}: expected names of "
                f"[site NAME] sections, got {shown(name)}{nearest}"
            )
