"""A socket that watches nothing must not outlive its session."""

import json
from typing import Any

import pytest
import websockets

from realtime.topics import Topic
from tests.adt.scene import Scene
from tests.stations import Running, Station


async def test_a_socket_of_an_ended_session_is_shown_nothing(
    ward: Running, open_scene: Scene, nurse: Station
) -> None:
    topic = Topic("beds", open_scene.east)
    cookies = "; ".join(f"{name}={value}" for name, value in nurse.client.cookies.items())
    async with websockets.connect(
        ward.url.replace("http", "ws") + "/live",
        additional_headers={"Cookie": cookies, "Origin": ward.url},
        compression=None,
    ) as socket:
        await _hear(socket, "hello")
        await nurse.post("/logout", htmx=False)
        await socket.send(json.dumps({"op": "sub", "topics": {str(topic): [None, 0]}}))
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await _hear(socket, "")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def _hear(socket: Any, op: str) -> None:
    said: dict[str, Any] = {}
    while said.get("op") != op:
        said = json.loads(await socket.recv())
        assert "content" not in said, "shown after the session ended"
