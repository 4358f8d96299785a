"""The recipes for back ends sign tokens that the server believes.

Python's and JavaScript's run as they stand in the document; so do the others where their language
is installed. Elsewhere their claims and header, as written there, are signed in the same way here.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tornchat.access.site import Site, SiteTokens

DOCUMENT = Path(__file__).parent.parent / "docs" / "identity.md"
KEY = "0123456789abcdef" * 4
RECIPES = dict(re.findall(r"<!-- recipe: (\w+) -->\n```\w+\n(.*?)```", DOCUMENT.read_text(), re.S))
PERSON, NAME = "user-42", "Zoë O'Neil"


def test_all_six_back_ends_have_a_recipe() -> None:
    assert set(RECIPES) == {"django", "flask", "rails", "php", "express", "go"}


def accepted(token: str) -> None:
    site = Site(name="shop", keys={"shop-1": KEY.encode()}, rooms=("*",))
    identity = SiteTokens([site], time.time, lambda site, sub: f"{site}:{sub}").read(token)
    assert (identity.person_id, identity.name) == (f"shop:{PERSON}", NAME)
    assert identity.verified
    assert identity.expires is not None
    assert 600 < identity.expires - time.time() <= 900


@pytest.mark.parametrize("recipe", ["django", "flask"])
def test_recipe_in_python_signs(recipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORNCHAT_KEY", KEY)
    for name in re.findall(r"^from ((?:django|flask)[\w.]*) import", RECIPES[recipe], re.M):
        monkeypatch.setitem(sys.modules, name, Framework(name))
    names: dict[str, Any] = {"__name__": "recipe"}
    exec(RECIPES[recipe], names)
    accepted(names["chat_token"](PERSON, NAME))


class Framework(types.ModuleType):
    """Has every name; each is a decorator, or makes one."""

    def __getattr__(self, name: str) -> Any:
        return Anything()


class Anything:
    def __call__(self, *args: Any) -> Any:
        return args[0] if args and callable(args[0]) else self

    def __getattr__(self, name: str) -> Any:
        return Anything()


@pytest.mark.node
def test_recipe_for_express_signs(node: str, tmp_path: Path) -> None:
    module = tmp_path / "recipe.mjs"
    module.write_text(RECIPES["express"])
    script = f"import {{ chatToken }} from {json.dumps(module.as_uri())};"
    script += f"process.stdout.write(chatToken({json.dumps(PERSON)}, {json.dumps(NAME)}));"
    accepted(output([node, "--input-type=module", "-e", script]))


def run_php(folder: Path) -> str:
    source = folder / "recipe.php"
    source.write_text(RECIPES["php"] + f'\necho chat_token("{PERSON}", "{NAME}");')
    return output(["php", str(source)])


def run_go(folder: Path) -> str:
    source = folder / "main.go"
    body = f'\nfunc main() {{ t, _ := chatToken("{PERSON}", "{NAME}"); os.Stdout.WriteString(t) }}'
    source.write_text(RECIPES["go"] + body)
    return output(["go", "run", str(source)])


@pytest.mark.parametrize(
    ("recipe", "program", "run"),
    [("php", "php", run_php), ("go", "go", run_go), ("rails", "", None)],
)
def test_recipe_of_another_language_signs(
    recipe: str, program: str, run: Callable[[Path], str] | None, tmp_path: Path
) -> None:
    accepted(signed_as_written(RECIPES[recipe]))
    if run is not None and shutil.which(program):
        accepted(run(tmp_path))


def signed_as_written(source: str) -> str:
    """Sign the claims and the header that a recipe names, by hand."""
    now = int(time.time())
    values = {"sub": PERSON, "name": NAME, "iat": now, "exp": now + int(found(source, "now + "))}
    claims = {claim: values[claim] for claim in values if written(source, claim)}
    claims |= {claim: text(source, claim) for claim in ("iss", "aud")}
    algorithm = re.search(r'"(HS\d+)"', source)
    assert algorithm and "sha256" in source.replace("HS256", "sha256").lower()
    header = {"typ": "JWT", "alg": algorithm[1], "kid": text(source, "kid")}
    signed = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"
    return f"{signed}.{encoded(hmac.digest(KEY.encode(), signed.encode(), hashlib.sha256))}"


def written(source: str, claim: str) -> bool:
    return re.search(rf'"?\b{claim}"?\s*(?:=>|:)', source) is not None


def text(source: str, claim: str) -> str | None:
    match = re.search(rf'"?\b{claim}"?\s*(?:=>|:)\s*"([^"]*)"', source)
    return match and match[1]


def found(source: str, before: str) -> str:
    match = re.search(re.escape(before) + r"(\d+)", source.replace("$now", "now"))
    assert match
    return match[1]


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def output(command: list[str]) -> str:
    env = {**os.environ, "TORNCHAT_KEY": KEY}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout
