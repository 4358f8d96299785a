"""The house rules that a machine can check."""

import ast
import json
import re
from configparser import RawConfigParser
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from tornchat import __version__, errors
from tornchat.config.keys import KEYS, PATTERN_KEYS, ROOM_KEYS, ROOM_NAME, SITE_KEYS
from tornchat.protocol import ROOM_NAME as ROOM_NAME_ON_THE_WIRE

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tornchat"
MODULES = sorted(PACKAGE.rglob("*.py"))

LAYERS = (
    {"errors", "frames"},
    {"config", "logs"},
    {"protocol"},
    {"access"},
    {"store"},
    {"chat"},
    {"admin"},
    {"sockjs", "web", "control"},
    {"hangup", "heap", "loop", "periodic", "readiness", "reloading", "secret"},
    {"watching", "wiring"},
    {"backoffice"},
    {"app", "offline"},
    {"running"},
    {"cli"},
    {"__main__"},
)
"""From the bottom up. A part imports itself and what lies below; parts of one layer are apart."""

ERROR_CODES = {
    "bad_json",
    "bad_request",
    "unknown_type",
    "too_large",
    "too_many",
    "rate_limited",
    "unauthorized",
    "forbidden",
    "not_found",
    "conflict",
    "gone",
    "overloaded",
    "storage_unavailable",
    "storage_full",
    "read_only",
    "internal",
}
CLOSE_CODES = (4000, 4001, 4002, 4003, 4004, 4005, 4006, 4007, 4500, 4501, 4502, 4505, 4506)


def ids(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def layer_of(part: str) -> int:
    found = [number for number, parts in enumerate(LAYERS) if part in parts]
    assert found, f"{part} has no place in LAYERS"
    return found[0]


def imports(path: Path) -> set[str]:
    """Return the dotted names a module imports, `from x import y` as x.y."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own_parts(path: Path) -> set[str]:
    names = (name.split(".") for name in imports(path) if name.startswith("tornchat."))
    return {name[1] for name in names} - {"__version__"}


def outside(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


def private_uses(tree: ast.AST) -> list[str]:
    """Return attributes with a leading underscore that are taken from anything but self or cls."""
    return [
        f"{node.lineno}: .{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and node.attr not in {"_asdict", "_fields", "_make", "_replace"}  # of named tuples
        and not (isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"})
        and not (isinstance(node.value, ast.Call) and ast.unparse(node.value) == "super()")
    ]


# ── layers ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", [m for m in MODULES if m != PACKAGE / "__init__.py"], ids=ids)
def test_module_imports_only_what_lies_below(path):
    here = part_of(path)
    wrong = {p for p in own_parts(path) - {here} if layer_of(p) >= layer_of(here)}
    assert not wrong, f"{here} may not import {wrong}"


@pytest.mark.parametrize("path", [m for m in MODULES if part_of(m) in {"chat", "access"}], ids=ids)
def test_chat_and_access_know_neither_tornado_nor_peewee(path):
    assert not outside(path) & {"tornado", "sockjs", "peewee", "playhouse", "sqlite3"}


@pytest.mark.parametrize("path", [m for m in MODULES if part_of(m) == "sockjs"], ids=ids)
def test_sockjs_knows_nothing_of_rooms(path):
    assert not own_parts(path) & {"chat", "store", "access", "protocol", "web"}


@pytest.mark.parametrize("path", [m for m in MODULES if part_of(m) != "store"], ids=ids)
def test_database_is_behind_one_door(path):
    assert not outside(path) & {"peewee", "playhouse", "sqlite3"}


@pytest.mark.parametrize("path", [m for m in MODULES if part_of(m) == "config"], ids=ids)
def test_config_needs_nothing_that_is_not_in_python(path):
    assert not outside(path) & {"tornado", "msgspec", "click", "peewee"}


@pytest.mark.parametrize("path", [m for m in MODULES if part_of(m) != "sockjs"], ids=ids)
def test_private_parts_of_others_stay_private(path):
    assert private_uses(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "code", ["stream._read_buffer", "self.connection._on_close", "make()._x", "a.b._c.d"]
)
def test_private_use_is_noticed(code):
    assert private_uses(ast.parse(code))


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_module_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


# ── configuration ───────────────────────────────────────────────────────────────────────────────

EVERY_KEY = (*KEYS, *ROOM_KEYS, *PATTERN_KEYS, *SITE_KEYS)
HEADS = {"room": "room NAME", "pattern": "room PATTERN", "site": "site NAME"}


@cache
def attributes_read() -> set[str]:
    sources = (m for m in MODULES if part_of(m) != "config")
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in sources)
    return {n.attr for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Attribute)}


@pytest.mark.parametrize("key", EVERY_KEY, ids=lambda key: f"{key.section}.{key.name}")
def test_key_is_read_somewhere(key):
    """Directly, or by the key of a single room that inherits it."""
    heirs = {k.name for k in ROOM_KEYS if key.section == "rooms" and k.inherits == key.name}
    assert attributes_read() & {key.name, *heirs}


@pytest.mark.parametrize("key", EVERY_KEY, ids=lambda key: f"{key.section}.{key.name}")
def test_key_is_documented_and_shipped(key):
    docs = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    section = HEADS.get(key.section, key.section)
    part = docs.partition(f"### `[{section}]`")[2].partition("###")[0]
    assert f"| `{key.name}` |" in part
    shipped = (ROOT / "tornchat.conf").read_text(encoding="utf-8")
    assert re.search(rf"^#?{key.name} =", shipped, re.MULTILINE)


def test_room_name_is_the_same_in_the_file_and_on_the_wire():
    assert ROOM_NAME.pattern == ROOM_NAME_ON_THE_WIRE.pattern


# ── codes ───────────────────────────────────────────────────────────────────────────────────────


def subclasses(cls: type) -> set[type]:
    return {cls}.union(*(subclasses(sub) for sub in cls.__subclasses__()))


def test_error_codes_are_those_of_the_protocol():
    ours = [c for c in subclasses(errors.ChatError) if c.__module__ == errors.__name__]
    assert {cls.code for cls in ours} == ERROR_CODES


def test_close_codes_are_those_of_the_protocol():
    assert tuple(code.value for code in errors.CloseCode) == CLOSE_CODES


@pytest.mark.parametrize("code", list(errors.CloseCode))
def test_close_reason_fits_into_its_frame(code):
    assert code.reason.isascii()
    assert len(code.reason) <= 123


def test_protocol_document_names_every_code():
    text = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    assert [code for code in ERROR_CODES if not re.search(rf"\b{code}\b", text)] == []
    assert [code for code in CLOSE_CODES if str(code) not in text] == []


# ── the project ─────────────────────────────────────────────────────────────────────────────────


def test_package_data_forgets_no_file():
    setup = RawConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    patterns = setup["options.package_data"]["tornchat"].split()
    packed = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    there = {p for p in PACKAGE.rglob("*") if p.is_file() and p.suffix not in {".py", ".pyc"}}
    assert there <= packed


@pytest.mark.parametrize("folder", [p for p in PACKAGE.rglob("*") if list(p.glob("*.py"))], ids=ids)
def test_folder_with_modules_is_a_package(folder):
    assert (folder / "__init__.py").exists()


def test_version_is_the_installed_one():
    try:
        installed = version("tornchat")
    except PackageNotFoundError:
        installed = __version__
    assert installed == __version__


def test_dependencies_are_at_least_as_new_as_their_last_weakness():
    """What advisories up to 2026-11 name as mended; the SQLite that Python brings is not ours."""
    mended = {"tornado": (6, 6, 1), "PyJWT": (2, 13, 0)}
    setup = RawConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    required = dict(re.findall(r"([\w-]+)>=([\d.]+)", setup["options"]["install_requires"]))
    for name, lowest in mended.items():
        for found in (required[name], version(name)):
            assert tuple(map(int, f"{found}.0.0".split(".")[:3])) >= lowest, (name, found)


def test_node_packages_are_pinned_and_name_no_registry():
    package = json.loads((ROOT / "tests" / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / "tests" / "package-lock.json").read_text(encoding="utf-8"))
    assert lock["packages"][""]["devDependencies"] == package["devDependencies"]
    assert all(re.fullmatch(r"[\d.]+", v) for v in package["devDependencies"].values())
    assert all("resolved" not in entry for entry in lock["packages"].values())


@pytest.mark.parametrize("page", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")], ids=ids)
def test_links_between_documents_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_readme_makes_the_promise_word_for_word():
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert (
        "When the server acknowledges a message, it is committed and synced to disk and holds "
        "place `seq` in its room's gap-free order. Every client of ours that is connected, or "
        "comes back within the room's retention, shows it exactly once and in order, whichever "
        "transport it uses. Sending again with the same `client_id` never makes a second copy. "
        "If a gap cannot be filled, the client is told; nothing is skipped silently."
    ) in readme
