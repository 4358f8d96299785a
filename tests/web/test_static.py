"""Static files: their version, their headers, and that nothing else can be reached."""

import gzip
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.web.serving import ask, config, folder_of, run, serving, site
from tornchat.web import static
from tornchat.web.static import StaticFiles

FILES = {
    "chat/room.js": 'import { a } from "./state.js";\nexport {\nb\n} from "../shared.js";\n',
    "chat/state.js": 'export const a = 1; // import("./never.js")\n',
    "chat/alone.js": "/** @type {import('./room.js').Room} */\n",
    "shared.js": "export const b = 2;\n",
    "base.css": "body{}",
    "a.svg": "<svg/>\n",
    "odd.xyz": "?\n",
    ".hidden": "no\n",
}


def test_version_changes_with_any_byte(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, FILES)
    before = StaticFiles(folder).version
    assert StaticFiles(folder).version == before
    (folder / "chat" / "state.js").write_text("export const a = 2;\n")
    assert StaticFiles(folder).version != before


def test_version_changes_with_a_name(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, FILES)
    before = StaticFiles(folder).version
    (folder / "base.css").rename(folder / "other.css")
    assert StaticFiles(folder).version != before


@pytest.mark.parametrize(
    ("dev", "announced"), [(True, ["chat/state.js", "shared.js", "chat/room.js"]), (False, [])]
)
def test_page_announces_what_it_will_ask_for(
    tmp_path: Path, dev: bool, announced: list[str]
) -> None:
    files = StaticFiles(folder_of(tmp_path, FILES), dev=dev)
    assert files.modules("chat/room.js") == (announced or ["chat/room.js"])
    assert files.modules("chat/alone.js") == ["chat/alone.js"]


def test_who_asks_first_makes_it_for_all() -> None:
    files = StaticFiles(static.packaged())
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(files.get, ["chat/element.js"] * 4))
        joined = list(threads.map(files.script, ["client.js"] * 4))
    assert len({id(file) for file in made}) == 1
    assert len({id(file) for file in joined}) == 1


def test_script_comes_with_what_it_imports_but_to_developers(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, FILES)
    joined, apart = StaticFiles(folder).get("chat/room.js"), StaticFiles(folder, dev=True)
    assert joined is not None
    assert b"const a=1" in joined.content
    assert b"import{" not in joined.content
    alone = apart.get("chat/room.js")
    assert alone is not None
    assert alone.content == FILES["chat/room.js"].encode()


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("br, gzip; q=0.000", False),
        ("gzip;q=junk", True),
        ("xgzip", False),
        ("", False),
    ],
)
def test_file_is_packed_for_who_takes_that(tmp_path: Path, accepted: str, packed: bool) -> None:
    sheet = "body{color:red}" * 50
    folder = folder_of(tmp_path, {"a.css": sheet, "b.css": "b"})

    async def main() -> None:
        files = StaticFiles(folder)
        async with serving(served=site(config(), static=files)) as server:
            head = f"Accept-Encoding: {accepted}"
            answer = await ask(server, "GET", f"/static/{files.version}/a.css", head)
            assert answer.headers.get("Content-Encoding") == ("gzip" if packed else None)
            assert answer.headers["Vary"] == "Accept-Encoding"
            body = gzip.decompress(answer.body) if packed else answer.body
            assert body == sheet.encode()
            known = f"If-None-Match: {answer.headers['Etag']}"
            again = await ask(server, "GET", f"/static/{files.version}/a.css", head, known)
            assert again.status == 304
            other = await ask(server, "GET", f"/static/{files.version}/a.css", known)
            assert (other.status == 304) is not packed, "packed and not packed are two files"
            small = await ask(server, "GET", f"/static/{files.version}/b.css", head)
            assert (small.headers.get("Content-Encoding"), small.body) == (None, b"b")

    run(main())


def test_file_is_kept_for_good_under_its_version() -> None:
    async def main() -> None:
        served = site(config())
        async with serving(served=served) as server:
            target = f"/static/{served.static.version}/base.css"
            answer = await ask(server, "GET", target)
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            again = await ask(server, "GET", target, f"If-None-Match: {answer.headers['Etag']}")
            assert (again.status, again.body) == (304, b"")
            changed = await ask(server, "GET", target, 'If-None-Match: "junk", W/"x"')
            assert changed.status == 200

    run(main())


def test_file_of_another_version_is_todays_and_not_kept() -> None:
    async def main() -> None:
        async with serving() as server:
            answer = await ask(server, "GET", "/static/0123456789abcdef/base.css")
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-cache"

    run(main())


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("chat/room.js", "text/javascript; charset=utf-8"),
        ("base.css", "text/css; charset=utf-8"),
        ("a.svg", "image/svg+xml"),
        ("odd.xyz", "application/octet-stream"),
    ],
)
def test_file_has_the_right_type(tmp_path: Path, path: str, content_type: str) -> None:
    async def main() -> None:
        files = StaticFiles(folder_of(tmp_path, FILES))
        async with serving(served=site(config(), static=files)) as server:
            answer = await ask(server, "GET", f"/static/{files.version}/{path}")
            assert answer.headers["Content-Type"] == content_type
            if not path.endswith((".js", ".css")):
                assert answer.body == (tmp_path / path).read_bytes()

    run(main())


@pytest.mark.parametrize("dev", [False, True])
def test_documentation_goes_to_developers_only(tmp_path: Path, dev: bool) -> None:
    indented = """const a = 1; /* and */ // so on
  /** @type {HTMLElement} */ (document.body).focus();
const b = "/** stays */";
"""
    documented = f"/**\n * What it is. **\n */\n{indented}  /** @param {{x}} y */\n  // why\nc();\n"
    sheet = "/* What it is. */\na {\n  b: c; /* stays */\n}\n"
    files = StaticFiles(folder_of(tmp_path, {"a.js": documented, "a.css": sheet}), dev=dev)
    script, style = files.get("a.js"), files.get("a.css")
    assert script is not None and style is not None
    whole = documented.encode()
    assert style.content == (sheet.encode() if dev else b"a{b:c;/* stays */}")
    squeezed = 'const a=1;(document.body).focus();const b="/** stays */";c();'
    assert script.content == (whole if dev else squeezed.encode())


def test_no_script_has_text_that_leaving_out_its_indentation_would_change() -> None:
    files = StaticFiles(static.packaged(), dev=True)
    scripts = [path for path in files.paths if path.endswith(".js")]
    assert scripts
    for path in scripts:
        file = files.get(path)
        assert file is not None
        text = static._without_notes(path, file.content).decode()
        for number, line in enumerate(text.splitlines(), 1):
            goes_on = re.search(r"[=(,?:>+\[{\s]`", re.sub(r"`[^`]*`", "", line))
            assert not goes_on, f"{path}:{number}: a template literal of several lines"
            assert "/** @" not in line, f"{path}:{number}: what is left of a comment"


def test_scripts_of_a_room_page_stay_light() -> None:
    files = StaticFiles(static.packaged())
    found = [files.get(path) for path in ("chat/element.js", "room.css", "base.css")]
    assert sum(len(file.packed or b"") for file in found if file) <= 40_500


def test_folder_named_as_a_style_sheet_is_one(tmp_path: Path) -> None:
    parts = {"room.css/b.css": "b {}\n", "room.css/a.css": "a {}\n", "room.css/.hidden": "no"}
    files = StaticFiles(folder_of(tmp_path, parts))
    sheet = files.get("room.css")
    assert sheet is not None
    assert (sheet.content, sheet.content_type) == (b"a{}b{}", "text/css; charset=utf-8")
    assert files.get("room.css/a.css") is None


def test_edit_shows_at_once_for_developers(tmp_path: Path) -> None:
    async def main() -> None:
        files = StaticFiles(folder_of(tmp_path, FILES), dev=True)
        async with serving(served=site(config(), static=files)) as server:
            before = files.version
            (tmp_path / "base.css").write_text("p {}\n")
            answer = await ask(server, "GET", f"/static/{before}/base.css")
            assert answer.body == b"p {}\n"
            assert answer.headers["Cache-Control"] == "no-store"
            assert files.version != before

    run(main())


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "%2e%2e/secret.txt",
        "..%2fsecret.txt",
        "chat/../../secret.txt",
        "chat/%2e%2e/base.css",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "out.txt",
        "outside/secret.txt",
        "chat",
        "chat/",
        ".hidden",
        "base.css%00",
        "nope.js",
    ],
)
def test_nothing_but_the_files_can_be_reached(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = folder_of(tmp_path / "static", FILES)
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "outside").symlink_to(tmp_path)

    async def main() -> None:
        files = StaticFiles(folder)
        async with serving(served=site(config(), static=files)) as server:
            answer = await ask(server, "GET", f"/static/{files.version}/{path}")
            assert answer.status == 404
            assert b"secret" not in answer.body
            assert "Location" not in answer.headers

    run(main())


def test_favicon_is_the_icon_of_the_site() -> None:
    async def main() -> None:
        async with serving() as server:
            answer = await ask(server, "GET", "/favicon.ico")
            assert answer.headers["Content-Type"] == "image/svg+xml"
            assert answer.body == static.packaged().joinpath("icon.svg").read_bytes()

    run(main())
