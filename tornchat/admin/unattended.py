"""The account of a place that is set up by a program: its password lies in a file.

It knows nothing of where the file is named.
"""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Final

from tornchat.admin.signin import SignIn
from tornchat.errors import BadRequest, ConfigError

log = logging.getLogger(__name__)

NAME: Final = "admin"


async def set_up(sign_in: SignIn, path: Path) -> None:
    """Let the account `admin` have the password in a file, at each start.

    The account is made where there is none. Where the file says another password than before, the
    account's sessions end. A line end behind the password is not part of it. Raises ConfigError
    for a file that cannot be read, and for a password that will not do.
    """
    password = _read(path)
    account = sign_in.book.find(NAME)
    kept = account.password if account else None
    if kept is not None and await sign_in.hashing.fits(kept, password):
        return
    try:
        new = await sign_in.hashing.new(password, [NAME])
    except BadRequest as error:
        raise ConfigError(f"[admin] password_file: {path}: {error.message}") from None
    if account is None:
        await sign_in.book.add(NAME, password=new, created=sign_in.now())
    else:
        await sign_in.book.change(replace(account, password=new))
        await sign_in.sessions.close_all(account.id)
    log.info("account %s has the password of its file", NAME)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise ConfigError(f"[admin] password_file: {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"[admin] password_file: {path}: expected text in UTF-8") from None
