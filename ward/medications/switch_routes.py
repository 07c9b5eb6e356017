"""Switch doors: the sheet by which a pharmacist sets a rule, and what it sends."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D4, Permission
from domain.interaction_rows import ROWS
from domain.rule_switches import LONGEST, Mode
from ward.errors import Invalid, Missing
from ward.medications import report, switches
from ward.web import field, get, go, optional, post, sheet
from ward.work import work_of

SET = Permission.SET_FORMULARY
_LONGEST_NAME = 60
_WORDS = {
    Mode.ON: "On: it speaks",
    Mode.SILENT: "Counted only: nobody is shown it",
    Mode.OFF: "Off: nothing is counted",
}


async def switch_sheet(request: Request) -> Response:
    """Draw the sheet of a rule, with how it is set, or what the report proposes."""
    asked = request.query_params.get("mode", "")
    async with work_of(request) as work:
        rule = _rule(request)
        seen = await switches.version_of(work, rule)
        now = (await switches.modes(work)).get(rule, Mode.ON)
        return sheet(
            request,
            "medications/_switch.html",
            title=f"Set rule {rule}",
            rule=rule,
            words=report.rule_words(rule),
            mode=Mode(asked) if asked in set(Mode) else now,
            modes=[(mode.value, words) for mode, words in _WORDS.items()],
            version=seen,
        )


async def switch_rule(request: Request) -> Response:
    """Have a rule be set so from now on."""
    mode = await field(request, "mode", Mode, missing="Choose what the rule does.")
    reason = await field(request, "reason", str, missing="Say why the rule is set so.")
    days = await optional(request, "days", int)
    seen = await field(request, "version", int)
    if days is not None and not 1 <= days <= LONGEST.days:
        raise Invalid({"days": f"A trial lasts 1 to {LONGEST.days} days."})
    trial = timedelta(days=days) if days else None
    async with work_of(request) as work:
        await switches.switch(work, _rule(request), mode, reason, trial=trial, seen=seen)
        return go(request, "/medications/report")


def _rule(request: Request) -> str:
    """Take the name of a rule out of the address."""
    rule = str(request.path_params["rule"])
    known = rule in ROWS or rule.replace("-", "").isalnum()
    if not known or len(rule) > _LONGEST_NAME:
        raise Missing
    return rule


_PATH = "/medications/report/rules/{rule}/switch"
routes = [
    get(_PATH, switch_sheet, SET, shows={D0, D4}),
    post(_PATH, switch_rule, SET, shows={D0, D4}),
]
