"""The ways in to the admin page, and who has come in; it knows nothing of HTTP."""

from dataclasses import dataclass

from tornchat.admin.accountbook import AccountBook
from tornchat.admin.sessions import Sessions
from tornchat.store.accounts import AccountRecord, SessionRecord


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who is signed in, in one browser."""

    account: AccountRecord
    session: SessionRecord


class SignIn:
    """Lets people in and knows them again."""

    def __init__(self, book: AccountBook, sessions: Sessions) -> None:
        self._book = book
        self.sessions = sessions

    def who(self, session_id: str, place: str) -> Signed | None:
        """Return who shows a session's id, from `place`; None where nobody is signed in by it."""
        session = self.sessions.find(session_id, place) if session_id else None
        account = None if session is None else self._book.get(session.account_id)
        return None if session is None or account is None else Signed(account, session)
