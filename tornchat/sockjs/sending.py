"""`xhr_send`: the way from a peer to a session whose responses flow elsewhere."""

from tornado.web import HTTPError

from tornchat.sockjs import stock
from tornchat.sockjs.endpoint import Endpoint
from tornchat.sockjs.framing import decode_messages


class XhrSendHandler(Endpoint, stock.XhrSendHandler):  # type: ignore[misc]
    """`/{server}/{session}/xhr_send`: messages of a session whose responses flow elsewhere."""

    async def post(self, session_id: str) -> None:
        """Hand the messages over; 204 when the service has taken them.

        Mends the library's, which took `"abc"` for three messages, ended the session at a number,
        and bounded neither body nor messages.
        """
        self.disable_cache()
        session = self.server.get_session(session_id)
        if session is None or session.is_closed:
            raise HTTPError(404)
        body = self.request.body
        options = self.server.options
        if not body:
            self._refuse(500, "Payload expected.")
        elif len(body) > options.message_size:
            self._refuse(413, "Payload too large.")
        else:
            try:
                messages = decode_messages(body)
            except ValueError:
                self._refuse(500, "Broken JSON encoding.")
                return
            if len(messages) > options.messages_per_body:
                self._refuse(413, "Too many messages.")
                return
            await session.receive(messages)
            self.set_status(204)
            self.set_header("Content-Type", "text/plain; charset=UTF-8")

    def _clear_representation_headers(self) -> None:
        """Keep the content type of a 204: Firefox takes it for XML else (SockJS protocol)."""

    def _refuse(self, status: int, text: str) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.finish(text)
