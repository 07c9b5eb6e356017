"""Sockets: the /live socket, its polling twin, and the hub of this node."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from realtime import socket
from realtime.bus import Bus
from realtime.hub import Hub, UnavailableError
from realtime.subject import RefusedError
from realtime.tasks import end
from realtime.topics import Topic
from ward import clock
from ward.errors import Forbidden, Missing, SignedOut, Unavailable
from ward.node import Node
from ward.security import sessions
from ward.security.actors import Actor
from ward.watch import Watching, viewer_of
from ward.web import by_wall


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[None]:
    """Run the hub and the bus beside the app, and let commits poke them."""
    node: Node = app.state.node
    redis = node.settings.redis_url.get_secret_value() if node.settings.redis_url else None
    hub = Hub(Watching(node), clock=clock.now, node=node.settings.node, build=node.build)
    bus = Bus(redis, poked=_fan_out(node, hub), resubscribed=hub.resubscribed)
    hub.hears(lambda: bus.listening)

    def poke(revs: Mapping[str, int]) -> None:
        for topic, rev in revs.items():
            bus.publish(topic, rev)

    node.poke = poke
    node.afresh.append(hub.resubscribed)
    app.state.hub = hub
    async with hub.running():
        listening = asyncio.create_task(bus.run(), name="bus")
        try:
            yield
        finally:
            await end(listening)


def _fan_out(node: Node, hub: Hub) -> Callable[[str, int], None]:
    """Tell the hub of a poke, and whoever else on this node keeps itself current."""

    def poked(topic: str, rev: int) -> None:
        hub.poked(topic, rev)
        for listener in node.listeners:
            listener(topic)

    return poked


async def live(websocket: WebSocket) -> None:
    """Let a signed-in browser watch; one without a session is told so and closed."""
    app = websocket.app
    viewer = None
    with suppress(SignedOut):
        viewer = viewer_of(await actor_of(app.state.node, websocket))
    await socket.serve(
        websocket.scope, websocket.receive, websocket.send, hub=app.state.hub, viewer=viewer
    )


async def poll(request: Request) -> Response:
    """Give the snapshot frame of the viewer's view: for pages whose socket does not open."""
    try:
        topic = Topic.parse(request.path_params["topic"])
    except ValueError:
        raise Missing from None
    actor = await actor_of(request.app.state.node, request)
    known = request.headers.get("if-none-match")
    try:
        etag, frame = await request.app.state.hub.snapshot(viewer_of(actor), topic, known)
    except RefusedError as refused:
        raise (Missing() if refused.lost.why == "unknown" else Forbidden()) from None
    except UnavailableError:
        raise Unavailable from None
    if frame is None:
        return Response(status_code=304, headers={"etag": etag})
    return Response(frame, media_type="application/json", headers={"etag": etag})


async def actor_of(node: Node, connection: HTTPConnection) -> Actor:
    """Tell who is behind a socket or a poll: a session, or the device of a wallboard."""
    ip = connection.client.host if connection.client else ""
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    async with AsyncSession(node.engine.execution_options(**options)) as db:
        if by_wall(connection):
            token = connection.cookies.get(sessions.WALL_COOKIE, "")
            return await sessions.read_device(db, token, ip, clock.now())
        mine = sessions.token_of(connection)
        actor = await sessions.read(db, node.vault, mine, ip, clock.now())
    if actor.owes or actor.chooses:
        raise SignedOut
    return actor


class WatchedRoute(Route):
    """A way to a screen: who may come is the policy of the screen asked for."""


routes: list[BaseRoute] = [
    WebSocketRoute("/live", live),
    WatchedRoute("/live/{topic:path}", poll, methods=["GET"]),
]
