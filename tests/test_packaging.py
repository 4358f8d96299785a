"""What is handed out: the package and the single-file executable, complete and on their own."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest

from tests.server import ServerProcess, talk

ROOT = Path(__file__).parent.parent


def files_below(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(folder).as_posix() for path in found}


def test_built_package_holds_every_file(tmp_path):
    source = tmp_path / "source"
    shutil.copytree(ROOT / "tornchat", source / "tornchat")
    for name in ("setup.cfg", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "import setuptools; setuptools.setup()",
         "--quiet", "build_py", "--build-lib", tmp_path / "built"],
        cwd=source,
        check=True,
        timeout=60,
    )  # fmt: skip
    assert files_below(tmp_path / "built" / "tornchat") == files_below(ROOT / "tornchat")


@pytest.fixture(scope="module")
def binary(tmp_path_factory) -> Path:
    """The single-file executable, built as `make binary` does."""
    folder = tmp_path_factory.mktemp("binary")
    subprocess.run(
        [sys.executable, "-m", "PyInstaller", "--log-level", "ERROR", "--noconfirm",
         "--distpath", folder, "--workpath", folder / "work", ROOT / "tornchat.spec"],
        cwd=ROOT,
        check=True,
        timeout=300,
    )  # fmt: skip
    return folder / "tornchat"


@pytest.mark.binary
@pytest.mark.slow
def test_binary_chats_in_an_empty_folder_with_an_empty_environment(binary, tmp_path):
    with ServerProcess(tmp_path, command=[str(binary)], env={}) as server:
        events = talk(server.address, "lobby", "hello from a single file")
        assert server.stop() == 0
    assert {"welcome", "joined", "ack"} <= {event["type"] for event in events}
    assert (tmp_path / "data").is_dir()


@pytest.mark.binary
@pytest.mark.slow
def test_binary_serves_pages_scripts_and_styles(binary, tmp_path):
    with ServerProcess(tmp_path, command=[str(binary)], env={}) as server:
        address = server.address + "r/lobby"
        page = urlopen(address).read().decode()
        links = re.findall(r'(?:src|href)="([^"]+\.(?:js|css))"', page)
        assert {link.rpartition(".")[2] for link in links} == {"js", "css"}
        assert all(urlopen(urljoin(address, link)).status == 200 for link in links)
