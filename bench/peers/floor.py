"""The floor where no C compiler is: a Python loop that does nothing but `send` to every socket.

The same as native/floor.c; it takes any request for a WebSocket handshake and checks nothing.
"""

import select
import socket

SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def unmasked(frame: bytes, head: int) -> bytes:
    """Return a client's frame as a server sends it; `head` is the length of its header."""
    mask, body = frame[head : head + 4], frame[head + 4 :]
    key = int.from_bytes((mask * (len(body) // 4 + 1))[: len(body)])
    text = (int.from_bytes(body) ^ key).to_bytes(len(body))
    return bytes((frame[0], frame[1] & 127)) + frame[2:head] + text


def frames(data: bytes) -> tuple[list[bytes], bytes]:
    """Split what came into whole frames, as a server sends them, and the rest."""
    found = []
    while len(data) >= 6:
        length, head = data[1] & 127, 2
        if length == 126:
            length, head = int.from_bytes(data[2:4]), 4
        if len(data) < head + 4 + length:
            break
        found.append(unmasked(data[: head + 4 + length], head))
        data = data[head + 4 + length :]
    return found, data


def send_all(peer: socket.socket, frame: bytes) -> None:
    while frame:
        try:
            frame = frame[peer.send(frame) :]
        except BlockingIOError:
            select.select([], [peer], [], 1.0)


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    poll = select.epoll()
    poll.register(listener, select.EPOLLIN)
    peers: dict[int, socket.socket] = {}
    rest: dict[int, bytes] = {}
    print("ready", listener.getsockname()[1], flush=True)
    while True:
        for fd, _ in poll.poll():
            if fd == listener.fileno():
                peer, _ = listener.accept()
                peer.setblocking(False)
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                poll.register(peer, select.EPOLLIN)
                peers[peer.fileno()] = peer
                continue
            data = peers[fd].recv(65536)
            if not data:
                poll.unregister(fd)
                peers.pop(fd).close()
            elif data.startswith(b"GET "):
                send_all(peers[fd], SWITCH)
            else:
                found, rest[fd] = frames(rest.get(fd, b"") + data)
                for frame in found:
                    for peer in peers.values():
                        send_all(peer, frame)


if __name__ == "__main__":
    main()
