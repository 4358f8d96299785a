"""The stock sockjs-client under Node against the endpoint, over each transport it has there."""

import asyncio
from pathlib import Path

import pytest

from tests.sockjs.peer import Server, on_server, until

CLIENT = Path(__file__).with_name("node_client.mjs")


@pytest.mark.node
@pytest.mark.npm
@pytest.mark.parametrize("transport", ["websocket", "xhr-streaming", "xhr-polling"])
@on_server(fake_clock=False, response_limit=4096, disconnect_delay=1.0)
async def test_stock_client_echoes_100_messages_in_order(
    server: Server, transport: str, node: str
) -> None:
    process = await asyncio.create_subprocess_exec(
        node,
        str(CLIENT),
        f"http://127.0.0.1:{server.port}/echo",
        transport,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert out == f"{transport} 100 1000\n".encode()
    assert len(server.services[0].received) == 100
    await until(lambda: len(server.closes) == len(server.services) == 1)
