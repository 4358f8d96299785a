"""The tag that brings a room into a page of another site: what one may set, and its exact text.

`/docs/embed` and the admin page write it; `docs/embedding.md` says what each attribute does. It
knows nothing of requests, nor whether there is such a room.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

MODES: Final = ("bubble", "inline", "readonly", "full")
_BUBBLE: Final = frozenset({"bubble"})
_PLACED: Final = frozenset(MODES) - _BUBBLE
_FAMILY: Final = r"""(?:[\w -]+|"[\w -]+"|'[\w -]+')"""


@dataclass(frozen=True, slots=True)
class Option:
    """What one may set: an attribute `data-{name}`, or a variable `--tornchat-{name}`.

    `pattern` is what a whole value looks like, `expected` the same in words, `default` what holds
    where nothing is said, `modes` those in which it means something.
    """

    name: str
    pattern: re.Pattern[str]
    expected: str
    default: str = ""
    modes: frozenset[str] = frozenset(MODES)


def _choice(name: str, *values: str, modes: frozenset[str] = frozenset(MODES)) -> Option:
    """Return an option that has one of these values, the first where nothing is said."""
    pattern = re.compile("|".join(map(re.escape, values)))
    return Option(name, pattern, f"one of {', '.join(values)}", values[0], modes)


ATTRIBUTES: Final = (
    _choice("mode", *MODES),
    Option(
        "target",
        re.compile(r"[^\x00-\x1f]{1,200}"),
        "a CSS selector, such as #chat",
        modes=_PLACED,
    ),
    _choice("position", "bottom-right", "bottom-left", "top-right", "top-left", modes=_BUBBLE),
    Option(
        "offset",
        re.compile(r"\d{1,4}(?: \d{1,4})?"),
        "one or two numbers of pixels, such as 20 or 20 24",
        "20",
        _BUBBLE,
    ),
    Option("z-index", re.compile(r"-?\d{1,10}"), "a whole number", "2147483000", _BUBBLE),
    _choice("theme", "auto", "light", "dark"),
    Option("title", re.compile(r"[^\x00-\x1f]{1,80}"), "at most 80 characters"),
    Option(
        "lang",
        re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}"),
        "a language tag, such as en or pt-BR",
    ),
    _choice("open", "never", "first", "remember", modes=_BUBBLE),
    _choice("load", "click", "idle", "now", modes=_BUBBLE),
    Option("name", re.compile(r"[^\x00-\x1f]{1,32}"), "at most 32 characters"),
    Option(
        "token-url",
        re.compile(r"(?:https?://[^\s/\"<>]+)?/[^\s\"<>]{0,500}"),
        "an address, such as /chat-token or https://site.example/chat-token",
    ),
    Option(
        "notify",
        re.compile(r"(?:title|sound|desktop)(?: (?:title|sound|desktop)){0,2}"),
        "some of title, sound and desktop",
    ),
)
"""The attributes beside `data-room`, in the order in which a tag has them.

`data-token` and `data-nonce` are none of them: they are new for each visitor and each answer, so
that whoever copies a tag cannot have them yet.
"""
VARIABLES: Final = (
    Option(
        "accent",
        re.compile(r"#[0-9a-f]{6}", re.IGNORECASE),
        "a colour, such as #4457d6",
        "#4457d6",
    ),
    Option("radius", re.compile(r"\d{1,2}px"), "up to 99 pixels, such as 12px", "12px"),
    Option(
        "font",
        re.compile(rf"(?=.{{1,200}}$){_FAMILY}(?:, ?{_FAMILY})*", re.ASCII),
        "names of fonts, such as Georgia, serif",
    ),
)
"""What the style sheet of the other site may say of the look."""


def read(
    options: Iterable[Option], given: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Sort what somebody wants into what differs from the defaults and what is wrong, in words.

    Both by name, in the order of the options. What means nothing in the mode that is given counts
    for nothing.
    """
    mode = given.get("mode") or MODES[0]
    chosen, wrong = {}, {}
    for option in options:
        value = given.get(option.name) or option.default
        if value == option.default or (mode in MODES and mode not in option.modes):
            continue
        if option.pattern.fullmatch(value):
            chosen[option.name] = value
        else:
            wrong[option.name] = f"Expected {option.expected}."
    return chosen, wrong


def tag(site: str, room: str, chosen: Mapping[str, str] | None = None) -> str:
    """Return the tag for a room of the site at an address without a slash at its end.

    `chosen`: attributes by name, as `read` returns them; each has a line of its own.
    """
    attributes = {"data-room": room} | {f"data-{name}": v for name, v in (chosen or {}).items()}
    between = "\n  " if chosen else " "
    written = between.join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    return f'<script async src="{escape(site)}/widget.js"{between}{written}></script>'


def rule(chosen: Mapping[str, str]) -> str:
    """Return the rule of CSS that sets variables, as `read` returns them; nothing for none."""
    if not chosen:
        return ""
    lines = (f"  --tornchat-{name}: {value};" for name, value in chosen.items())
    return "\n".join([":root {", *lines, "}"])
