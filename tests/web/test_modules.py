"""Modules put together: that one does what the many did, and clear words where it cannot be."""

import re
import subprocess
from pathlib import Path

import pytest

from tornchat.web import static
from tornchat.web.modules import Modules
from tornchat.web.static import StaticFiles

MANY = {
    "deep/base.js": "export const steps = [];\nsteps.push('base');\nconst own = 1;\n"
    "export { own as one };\nexport class Thing { name = 'thing'; }\n",
    "deep/middle.js": "import { steps, one as number } from './base.js';\nsteps.push('middle');\n"
    "const own = 2;\nexport function both() {\n  return own + number;\n}\n"
    "export async function soon() {\n  return both();\n}\n",
    "deep/passing.js": "export { Thing, one } from './base.js';\n"
    "export {\n  both as sum,\n} from './middle.js';\n",
    "side.js": "import { steps } from './deep/base.js';\nsteps.push('side');\n",
    "later.js": "export const late = 'late';\n",
    "entry.js": "import { steps } from './deep/base.js';\nimport './side.js';\n"
    "import {\n  sum,\n  Thing,\n} from './deep/passing.js';\n"
    "import { soon } from './deep/middle.js';\n"
    "export { one as first } from './deep/passing.js';\nconst own = 3;\n"
    "export const told = [steps.join(), sum(), new Thing().name, await soon(), own,\n"
    "  (await import('./later.js')).late].join(' ');\n",
}


def test_order_is_that_of_running() -> None:
    needed = Modules(MANY).needed("entry.js")
    assert needed == ["deep/base.js", "side.js", "deep/middle.js", "deep/passing.js", "entry.js"]
    assert Modules(MANY).needed("nowhere.js") == []


@pytest.mark.node
@pytest.mark.parametrize("joined", [False, True])
def test_joined_module_does_what_the_many_do(tmp_path: Path, node: str, joined: bool) -> None:
    modules = Modules(MANY)
    for path in ["entry.js", "later.js"] if joined else MANY:
        target = tmp_path / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(modules.joined(path) if joined else MANY[path])
    (tmp_path / "package.json").write_text('{"type": "module"}')
    asked = "import * as all from './entry.js'; console.log(all.told, Object.keys(all).join())"
    done = subprocess.run(
        [node, "--input-type=module", "-e", asked],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == "base,side,middle 3 thing 3 3 late first,told\n", done.stderr


def test_what_is_loaded_later_is_found_from_where_the_entry_is() -> None:
    modules = Modules(
        {"a/b/part.js": 'export const go = () => import("./late.js");\n',
         "a/entry.js": 'import { go } from "./b/part.js";\ngo();\n',
         "top.js": 'import { go } from "./a/b/part.js";\ngo();\n'}
    )  # fmt: skip
    assert 'import("./b/late.js")' in modules.joined("a/entry.js")
    assert 'import("./a/b/late.js")' in modules.joined("top.js")


@pytest.mark.parametrize(
    "odd",
    [
        "import * as all from './other.js';",
        "import other from './other.js';",
        "export default 1;",
        "export let count = 0;",
        "export * from './other.js';",
        "const here = import.meta.url;",
    ],
)
def test_what_cannot_be_joined_is_said(odd: str) -> None:
    modules = Modules({"part.js": f"\n{odd}\n", "entry.js": 'import "./part.js";', "other.js": ""})
    with pytest.raises(
        ValueError, match=re.escape(f"part.js cannot be joined for the line: {odd}")
    ):
        modules.joined("entry.js")


def test_cycle_is_said() -> None:
    modules = Modules({"a.js": 'import "./b.js";', "b.js": 'import "./a.js";'})
    with pytest.raises(ValueError, match=re.escape("a.js → b.js → a.js")):
        modules.joined("a.js")


def test_every_script_of_ours_can_be_joined() -> None:
    files = StaticFiles(static.packaged())
    scripts = [path for path in files.paths if path.endswith(".js")]
    assert len(scripts) > 50
    for path in scripts:
        file = files.get(path)
        assert file is not None
        assert not re.search(rb"^import\b(?!\()", file.content, re.MULTILINE), path


def test_module_that_may_be_there_twice_keeps_no_state() -> None:
    folder = static.packaged()
    sources = {
        path: re.sub(r"/\*\*.*?\*/", "", folder.joinpath(path).read_text("utf-8"), flags=re.DOTALL)
        for path in StaticFiles(folder).paths
        if path.endswith(".js")
    }
    modules = Modules(sources)
    later = {
        (Path(path).parent / name).as_posix()
        for path, source in sources.items()
        for name in re.findall(r'\bimport\("\./([^"]+)"\)', source)
    }
    assert "chat/line.js" in later
    later.add("widget/panel.js")  # by an address that is put together
    for entry in later:
        for path in modules.needed(entry)[:-1]:
            state = re.search(
                r"^(?:let\b|(?:export )?const \w+ = new (?:Map|Set|WeakMap)\(\))",
                sources[path],
                re.MULTILINE,
            )
            assert not state, f"{path}, which {entry} brings along: {state and state[0]}"
