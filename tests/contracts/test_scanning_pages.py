"""Pages that scan: they alone may open the camera and run the reader of codes."""

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from domain.access import D0, Permission
from tests.stations import Running, Station
from ward.modules import ROUTES
from ward.security.headers import ALWAYS, CSP, SCANNING
from ward.web import get
from ward.work import work_of

CAMERA = "camera=(self), geolocation=(), microphone=()"


async def scanning(request: Request) -> Response:
    """A page that scans."""
    async with work_of(request):
        return PlainTextResponse("ready")


@pytest.fixture
def page(ward: Running) -> str:
    """The address of a page that scans, on the serving node."""
    route = get("/scanning", scanning, Permission.VIEW_BEDS, shows={D0}, scans=True)
    ward.app.router.routes.insert(0, route)
    return "/scanning"


async def test_a_page_that_scans_may_use_the_camera_and_the_reader(
    page: str, nurse: Station
) -> None:
    answer = await nurse.get(page)
    assert answer.text == "ready"
    assert answer.headers["permissions-policy"] == CAMERA
    policy = answer.headers["content-security-policy"]
    assert policy.replace(" 'wasm-unsafe-eval'", "") == CSP
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy


async def test_its_refusal_may_not(page: str, ward: Running) -> None:
    async with httpx.AsyncClient(base_url=ward.url, timeout=30) as client:
        answer = await client.get(page)
    assert answer.text != "ready"
    assert {name: answer.headers[name] for name in SCANNING} == {
        name: ALWAYS[name] for name in SCANNING
    }


def test_no_answer_to_a_command_scans_and_no_public_page_does() -> None:
    scans = [route for route in ROUTES if route.policy.scans]
    assert [route.path for route in scans if "GET" not in (route.methods or ())] == []
    assert [route.path for route in scans if route.policy.permission is None] == []
