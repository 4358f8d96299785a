"""Reads an INI file into lines that remember where they stood.

configparser does the parsing (no interpolation, strict, keys as written); the line numbers that it
does not keep are found again here. It knows no key.
"""

import configparser
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tornchat.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Line:
    """One setting as it was written, or, with no name, the head of a section."""

    origin: str
    section: str
    name: str | None = None
    text: str = ""


class _Parser(configparser.RawConfigParser):
    """INI without surprises: no defaults section, no second delimiter, keys as written."""

    def __init__(self) -> None:
        super().__init__(strict=True, delimiters=("=",), default_section="")

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def read_lines(path: Path) -> list[Line]:
    """Return the lines of an INI file in their order. Raises ConfigError in one line."""
    text = _read(path)
    parser = _Parser()
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ConfigError(_explain(error, path)) from None
    return list(_located(parser, text, path))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: expected UTF-8 text, got {error.reason}") from None
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such configuration file") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the configuration: {error.strerror}") from None


def _explain(error: configparser.Error, path: Path) -> str:
    match error:
        case configparser.DuplicateOptionError(lineno=number, section=section, option=option):
            return f"{path}:{number}: [{section}] {option}: this key is set twice"
        case configparser.DuplicateSectionError(lineno=number, section=section):
            return f"{path}:{number}: [{section}]: this section is there twice"
        case configparser.MissingSectionHeaderError(lineno=number, line=line):
            return f"{path}:{number}: expected a section such as [server] first, got {line[:60]!a}"
        case configparser.ParsingError(errors=[(number, _), *_]):
            return f"{path}:{number}: expected `key = value`, `[section]` or a comment"
        case _:
            return f"{path}: {' '.join(str(error).split())}"


def _located(parser: _Parser, text: str, path: Path) -> Iterator[Line]:
    numbers = _line_numbers(text)
    for section in parser.sections():
        yield Line(f"{path}:{numbers[section, None]}", section)
        for name, value in parser.items(section):
            number = numbers.get((section, name), numbers[section, None])
            yield Line(f"{path}:{number}", section, name, value)


def _line_numbers(text: str) -> dict[tuple[str, str | None], int]:
    """Return where each section begins and where each key in it is first written."""
    numbers: dict[tuple[str, str | None], int] = {}
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        head = re.match(r"\s*\[(.+)\]", line)
        if head:
            section = head[1]
            numbers.setdefault((section, None), number)
        elif "=" in line:
            numbers.setdefault((section, line.partition("=")[0].strip()), number)
    return numbers
