"""The page templates, read from the package, so that a single-file executable has them too.

It knows nothing of requests.
"""

from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from tornado.template import DictLoader


def packaged() -> Traversable:
    """Return the folder of templates inside the package."""
    return resources.files("tornchat").joinpath("templates")


class Templates:
    """Renders `*.html` of a folder; every value is escaped.

    They are read once; with `dev` at each use, so that an edit shows at a reload.
    """

    def __init__(self, folder: Traversable, *, dev: bool = False) -> None:
        self._folder = folder
        self._dev = dev
        self._loader = self._load()

    def render(self, name: str, /, **values: Any) -> bytes:
        """Return a page as UTF-8."""
        if self._dev:
            self._loader = self._load()
        return self._loader.load(name).generate(**values)

    def _load(self) -> DictLoader:
        files = (file for file in self._folder.iterdir() if file.name.endswith(".html"))
        return DictLoader({file.name: file.read_text("utf-8") for file in files})
