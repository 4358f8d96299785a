"""What a server says at its first starts: the way in, until there is somebody in charge."""

import re

from tests.kit.server import ServerProcess
from tests.kit.waiting import scenario, until

GOOD = "violet tram over nine hills"


def links(server):
    found = re.findall(
        r"^Set up the admin page \(once, within 30 minutes\): (.*)$", server.log, re.M
    )
    assert all(re.fullmatch(rf"{server.url}admin/setup#[\w-]{{43}}", link) for link in found)
    return found


@scenario(60)
async def test_each_start_prints_another_link_until_there_is_an_admin(tmp_path):
    async with ServerProcess(tmp_path) as server:
        await until(lambda: len(links(server)) == 1)
        await server.restart()
        await until(lambda: len(links(server)) == 2)
        first, second = links(server)
        assert first != second
        (tmp_path / "secret").write_text(f"{GOOD}\n")
        server.configure({"admin": {"password_file": tmp_path / "secret"}})
        await server.restart()
        assert links(server) == [first, second]
        assert GOOD not in server.log
