"""Refusal: the form of the bedside again, with what is wrong at each field and what was typed."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ward.errors import WardError
from ward.render import render
from ward.web import by_htmx, page

FORM = "vitals/_record.html"


class Redrawn(WardError):
    """The form is shown again: nothing was saved, and what it shows is a look like any other."""

    discloses = True

    def __init__(self, answer: Response, sentence: str) -> None:
        super().__init__(sentence)
        self.status = answer.status_code
        self.answer = answer


def again(request: Request, form: Mapping[str, Any], status: int) -> Redrawn:
    """Answer with the fields that are wrong; what was typed stays as it was.

    By htmx the form stays where it is and its fields are told; without, it is drawn again.
    """
    sentence = form["sentence"]
    if not by_htmx(request):
        return Redrawn(page(request, "layouts/sheet.html", status, sheet=FORM, **form), sentence)
    html = render("vitals/_problem.html", **form) + render("vitals/_beside.html", **form)
    headers = {"hx-retarget": "#problem", "hx-reswap": "innerHTML"}
    return Redrawn(HTMLResponse(html, status, headers), sentence)
