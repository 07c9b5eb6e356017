"""Routes: the background jobs of the house."""

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D10, Permission
from ward.admin import queries, service
from ward.db import new_id
from ward.web import field, get, go, page, post
from ward.work import work_of


async def jobs(request: Request) -> Response:
    """Show what waits for its time, what is late and what failed too often."""
    async with work_of(request) as work:
        shown = await queries.jobs(work)
        return page(request, "admin/jobs.html", jobs=shown, key=str(new_id()))


async def replay(request: Request) -> Response:
    """Have a parked job tried again."""
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await service.replay(work, request.path_params["job_id"], seen=seen)
        return go(request, "/jobs")


routes = [
    get("/jobs", jobs, Permission.WATCH_JOBS, shows={D10}),
    post("/jobs/{job_id:uuid}/replay", replay, Permission.REPLAY_JOBS, shows={D10}),
]
