"""ES modules put together: one script instead of the fifty that it imports.

A browser asks for each module by itself, one level of imports after the other, and a small file
packs badly. So a module is sent with all that it imports, each of them in a function of its own, so
that their names never meet:

    const $0 = (() => { function half(n) { return n / 2; } return { half }; })();
    const { half } = $0;
    export const quarter = (n) => half(half(n));

What is imported by `import(…)` stays apart, for that is what it is for; a module that both of them
need is then there twice, and therefore keeps no state. It knows nothing of files and requests.
"""

import re
from collections.abc import Iterator, Mapping
from posixpath import dirname, join, normpath, relpath
from typing import Final, NamedTuple

_NAMES: Final = r"\{([^}]*)\}"
_FROM: Final = r"""["'](\.[^"']+)["'];?$"""
_IMPORT: Final = re.compile(rf"^import\s+(?:{_NAMES}\s*from\s*)?{_FROM}", re.MULTILINE)
_PASSED_ON: Final = re.compile(rf"^export\s*{_NAMES}\s*from\s*{_FROM}", re.MULTILINE)
_LISTED: Final = re.compile(rf"^export\s*{_NAMES};?$", re.MULTILINE)
_DECLARED: Final = re.compile(
    r"^export ((?:const|class|function|async function) (\w+))", re.MULTILINE
)
_LATER: Final = re.compile(r"""\bimport\(["'](\.[^"']+)["']\)""")
_LEFT_OVER: Final = re.compile(
    r"^(?:(?:import\b(?!\()|export\b).*|.*\bimport\.meta\b.*)", re.MULTILINE
)


class _Way(NamedTuple):
    """How modules are found from a joined one: `folder` is that of its entry."""

    folder: str
    below: str

    def to(self, path: str) -> str:
        target = normpath(join(self.below, relpath(path, self.folder or ".")))
        return target if target.startswith(".") else f"./{target}"


class Modules:
    """The modules of a folder, by their path below it, as JavaScript.

    `joined` raises ValueError where a module is written in a way that this does not know: imports
    of `*` or of a default, `export let` and cycles are not, and `import.meta` is the entry's alone.
    """

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources

    def needed(self, entry: str) -> list[str]:
        """Return the paths of a module and of all that it imports, in the order they run in.

        A path that leads to no module is left out. Raises ValueError for a cycle.
        """
        found: list[str] = []
        self._visit(entry, found, ())
        return found

    def joined(self, entry: str, below: str = "") -> str:
        """Return one module that does what `entry` does, with the exports of `entry`.

        `below`: where the folder of `entry` is, seen from where this will be; empty for the same
        place.
        """
        paths = self.needed(entry)
        variables = {path: f"${number}" for number, path in enumerate(paths)}
        way = _Way(dirname(entry), below)
        wrapped = [self._wrapped(path, variables, way) for path in paths[:-1]]
        own = self._linked(entry, self._sources[entry], variables, way)
        own = _PASSED_ON.sub(lambda found: self._passed_on(found, entry, variables), own)
        return "\n".join([*wrapped, own])

    def _visit(self, path: str, found: list[str], above: tuple[str, ...]) -> None:
        if path in above:
            raise ValueError(f"modules import each other: {' → '.join([*above, path])}")
        if path in found or path not in self._sources:
            return
        for name in _imported(self._sources[path]):
            self._visit(_beside(path, name), found, (*above, path))
        found.append(path)

    def _wrapped(self, path: str, variables: Mapping[str, str], way: _Way) -> str:
        exports: list[str] = []

        def declared(found: re.Match[str]) -> str:
            exports.append(found[2])
            return found[1]

        def listed(found: re.Match[str]) -> str:
            exports.extend(f"{new}: {old}" for old, new in _pairs(found[1]))
            return ""

        def passed_on(found: re.Match[str]) -> str:
            variable = variables[_beside(path, found[2])]
            exports.extend(f"{new}: {variable}.{old}" for old, new in _pairs(found[1]))
            return ""

        body = self._linked(path, self._sources[path], variables, way)
        body = _PASSED_ON.sub(passed_on, body)
        body = _LISTED.sub(listed, _DECLARED.sub(declared, body))
        if odd := _LEFT_OVER.search(body):
            raise ValueError(f"{path} cannot be joined for the line: {odd[0].strip()}")
        returned = ", ".join(exports)
        return f"const {variables[path]} = (() => {{\n{body}\nreturn {{ {returned} }};\n}})();"

    def _linked(self, path: str, source: str, variables: Mapping[str, str], way: _Way) -> str:
        """Return the source of a module with its imports taken from what ran before it."""

        def link(found: re.Match[str]) -> str:
            if found[1] is None:
                return ""
            names = ", ".join(
                old if old == new else f"{old}: {new}" for old, new in _pairs(found[1])
            )
            return f"const {{ {names} }} = {variables[_beside(path, found[2])]};"

        def later(found: re.Match[str]) -> str:
            return f'import("{way.to(_beside(path, found[1]))}")'

        return _LATER.sub(later, _IMPORT.sub(link, source))

    def _passed_on(self, found: re.Match[str], entry: str, variables: Mapping[str, str]) -> str:
        names = ", ".join(f"{old}: {new}" for old, new in _pairs(found[1]))
        listed = ", ".join(new for _, new in _pairs(found[1]))
        source = variables[_beside(entry, found[2])]
        return f"const {{ {names} }} = {source};\nexport {{ {listed} }};"


def _imported(source: str) -> Iterator[str]:
    for pattern in (_IMPORT, _PASSED_ON):
        for found in pattern.finditer(source):
            yield found[2]


def _beside(path: str, name: str) -> str:
    return normpath(join(dirname(path), name))


def _pairs(names: str) -> Iterator[tuple[str, str]]:
    """Read `a, b as c`: the name there and the name here."""
    for name in filter(None, (part.strip() for part in names.split(","))):
        old, _, new = name.partition(" as ")
        yield old.strip(), new.strip() or old.strip()
