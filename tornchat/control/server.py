"""The server's end of the control socket, within bounds of size, time and number.

It knows the verbs by name only; what they do is the Office's.
"""

import asyncio
import logging
from pathlib import Path
from typing import Final

import msgspec

from tornchat.admin.actor import OPERATOR
from tornchat.admin.office import Office
from tornchat.control import unixsocket, wire
from tornchat.errors import BadRequest, ChatError, Internal, Overloaded, TooLarge

log = logging.getLogger(__name__)

CONNECTIONS: Final = 16
PATIENCE_SECONDS: Final = 5.0
"""How long a peer may take to ask, and again to take its answer."""
STOP_SECONDS: Final = 2.0
"""How long a stop waits for verbs under way."""


class ControlServer:
    """Answers questions at a Unix socket.

    Life: `start`, with the lock of the data folder held, makes the socket; `stop` removes it,
    waits for verbs under way, and leaves no task behind. A verb that was begun is carried out
    even where its asker has gone.
    """

    def __init__(self, office: Office, path: Path, *, patience: float = PATIENCE_SECONDS) -> None:
        self._office = office
        self._path = path
        self._patience = patience
        self._server: asyncio.Server | None = None
        self._conversations: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Make the socket and listen. Raises ListenError."""
        self._server = await asyncio.start_unix_server(
            self._accept,
            sock=unixsocket.listen(self._path),
            backlog=unixsocket.BACKLOG,
            limit=wire.QUESTION_SIZE,
        )

    async def stop(self) -> None:
        """Take no more questions, remove the socket, finish what was begun."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        self._path.unlink(missing_ok=True)
        if self._conversations:
            _, late = await asyncio.wait(self._conversations, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None:
            writer.transport.abort()
        elif len(self._conversations) >= CONNECTIONS:
            writer.write(
                wire.encode_error(Overloaded(f"{CONNECTIONS} commands are under way already"))
            )
            writer.close()
        else:
            task = asyncio.create_task(self._converse(reader, writer))
            self._conversations.add(task)
            task.add_done_callback(self._conversations.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._answer(reader)
            async with asyncio.timeout(self._patience):
                writer.write(answer)
                writer.close()
                await writer.wait_closed()
        except (OSError, TimeoutError):
            log.debug("a peer went away, or took too long to ask or to take its answer")
        finally:
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        """Return the answer, or nothing for a peer that asked nothing."""
        try:
            async with asyncio.timeout(self._patience):
                line = await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            most = f"expected at most {wire.QUESTION_SIZE} bytes"
            return wire.encode_error(TooLarge(f"question: {most}"))
        except asyncio.IncompleteReadError as error:
            missing = BadRequest("question: expected a line with its end")
            return wire.encode_error(missing) if error.partial else b""
        return await self._perform(line)

    async def _perform(self, line: bytes) -> bytes:
        verb = "?"
        try:
            question = wire.decode_question(line)
            verb = question.verb if question.verb in self._office.verbs else "?"
            result = await self._office.perform(OPERATOR, question.verb, question.args)
            answer = wire.encode_result(msgspec.to_builtins(result))
        except ChatError as error:
            log.info("%s: %s", verb, error.code)
            return wire.encode_error(error)
        except Exception:
            log.exception("%s failed", verb)
            return wire.encode_error(Internal("the server failed; its log says how"))
        log.info("%s: done", verb)
        return answer
