"""`/widget.js` and `/client.js`: what pages of others load, and that any of them may."""

import gzip
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.web.serving import ask, config, folder_of, run, serving, site
from tornchat.web import static
from tornchat.web.static import StaticFiles

FILES = {
    "widget/widget.js": 'import { count } from "./part.js";\nconst own = count(2);\n'
    "globalThis.told = own + typeof import_;\n"
    "globalThis.later = (base) => import(`${base}static/0/widget/late.js`);\n",
    "widget/late.js": "export const late = 1;\n",
    "widget/part.js": "/** Counts. */\nexport const count = (n) => n + 1;\n",
    "client.js": 'import { here } from "./client/far.js";\nexport { here };\n'
    "export const base = import.meta.url;\n",
    "client/far.js": 'export const here = () => import("./late.js");\n',
    "client/late.js": "export const late = 1;\n",
    "base.css": "body {}\n" * 50,
}
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


@pytest.mark.parametrize("dev", [False, True])
@pytest.mark.parametrize("path", ["/widget.js", "/client.js"])
def test_script_comes_whole_to_pages_of_any_origin(tmp_path: Path, path: str, dev: bool) -> None:
    folder = folder_of(tmp_path, FILES)

    async def main() -> None:
        served = site(config(), static=StaticFiles(folder, dev=dev))
        async with serving(served=served) as server:
            origin = "Origin: https://anybody.example"
            answer = await ask(server, "GET", path, origin, "Cookie: a=b", "Accept-Encoding: gzip")
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
            kept = "no-store" if dev else "public, max-age=300"
            assert answer.headers["Cache-Control"] == kept
            assert ANY_ORIGIN.items() <= answer.headers.items()
            assert "Set-Cookie" not in answer.headers
            assert "Access-Control-Allow-Credentials" not in answer.headers
            script = gzip.decompress(answer.body).decode()
            assert not re.search(r"^import\b(?!\()", script, re.MULTILINE)
            plain = await ask(server, "GET", path)
            assert plain.body.decode() == script
            again = await ask(server, "GET", path, f"If-None-Match: {plain.headers['Etag']}")
            assert (again.status, again.body) == (304, b"")
            assert ANY_ORIGIN.items() <= again.headers.items(), "a browser's copy stays readable"

    run(main())


def test_what_is_loaded_later_is_found_from_the_top(tmp_path: Path) -> None:
    files = StaticFiles(folder_of(tmp_path, FILES))
    client, below = files.script("client.js"), files.get("client.js")
    assert client and below
    assert f'import("./static/{files.version}/client/late.js")'.encode() in client.content
    assert b'import("./client/late.js")' in below.content
    widget = files.script("widget/widget.js", classic=True)
    assert widget
    assert f"(`${{base}}static/{files.version}/widget/late.js`)".encode() in widget.content


@pytest.mark.node
def test_widget_is_a_plain_script_that_leaves_no_names(tmp_path: Path, node: str) -> None:
    files = StaticFiles(folder_of(tmp_path, FILES))
    widget = files.script("widget/widget.js", classic=True)
    assert widget
    program = (
        f"const vm = require('vm'); const page = {{}}; vm.createContext(page);"
        f"vm.runInContext({json.dumps(widget.content.decode())}, page);"
        "console.log(JSON.stringify(page));"
    )
    done = subprocess.run(
        [node, "-e", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout == '{"told":"3undefined"}\n', done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "export const a = 1;",
        "const later = () => import('./part.js');",
        "const here = import.meta.url;",
        "await 1;",
    ],
)
def test_what_no_plain_script_can_do_is_said(tmp_path: Path, line: str) -> None:
    files = StaticFiles(folder_of(tmp_path, {**FILES, "widget/widget.js": f"const b = 1;\n{line}"}))
    with pytest.raises(ValueError, match=r"widget/widget\.js cannot be a plain script for"):
        files.script("widget/widget.js", classic=True)


def test_ours_can_be_sent_so() -> None:
    files = StaticFiles(static.packaged())
    assert files.script("widget/widget.js", classic=True)
    assert files.script("client.js")


def test_script_that_is_not_there_is_404(tmp_path: Path) -> None:
    async def main() -> None:
        files = StaticFiles(folder_of(tmp_path, {"base.css": FILES["base.css"]}))
        async with serving(served=site(config(), static=files)) as server:
            assert [(await ask(server, "GET", p)).status for p in ("/widget.js", "/client.js")] == [
                404,
                404,
            ]

    run(main())


@pytest.mark.parametrize("path", ["/static/0/base.css", "/static/0/nothing.js"])
def test_files_are_for_pages_of_any_origin(path: str) -> None:
    async def main() -> None:
        async with serving() as server:
            assert ANY_ORIGIN.items() <= (await ask(server, "GET", path)).headers.items()

    run(main())


def test_pages_and_answers_are_for_our_own_alone() -> None:
    async def main() -> None:
        async with serving() as server:
            for path in ("/", "/r/lobby", "/embed/lobby", "/api/v1/rooms", "/health", "/nothing"):
                answer = await ask(server, "GET", path, "Origin: https://anybody.example")
                assert "Access-Control-Allow-Origin" not in answer.headers, path
                isolated = answer.headers.get("Cross-Origin-Resource-Policy")
                assert isolated == ("cross-origin" if path.startswith("/embed/") else None), path

    run(main())
