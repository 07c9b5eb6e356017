"""Policy pages: whom alerts call, with past versions, and the form of a new one."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D10, Permission
from domain.alerts import Cause, Tier
from domain.escalation import Policy
from ward.alerts import forms, report
from ward.alerts.policies import policy_rules, set_policy, wards_of
from ward.errors import Missing
from ward.security.actors import Actor
from ward.web import field, get, go, optional, page, post, sheet
from ward.work import Work, work_of

SEE, SET = Permission.VIEW_ALERT_POLICY, Permission.SET_ALERT_POLICY


async def policies(request: Request) -> Response:
    """Show whom each cause calls, now and before."""
    async with work_of(request) as work:
        causes = await report.all_policies(work, _branch(work))
        return page(request, "alerts/policies.html", causes=causes)


async def policy_form(request: Request) -> Response:
    """Draw the form of a new version, filled with the one that stands."""
    said = request.query_params.get("cause", "")
    async with work_of(request) as work:
        if said not in set(Cause):
            raise Missing
        cause = Cause(said)
        standing = await policy_rules(work, _branch(work), cause)
        newest = max(standing, key=lambda one: one.since, default=None)
        context = {
            "cause": cause,
            "wards": await wards_of(work, _branch(work)),
            "tier": str(int(newest.tier)) if newest else "",
            "tiers": forms.TIERS,
            "parts": forms.PARTS,
            "steps": forms.offered_steps(newest, cause),
        }
        return sheet(request, "alerts/_new_policy.html", title="New version", **context)


async def set_version(request: Request) -> Response:
    """Have a new version stand from now on."""
    cause, tier = await field(request, "cause", Cause), await field(request, "tier", int)
    ward = await optional(request, "ward_id", UUID)
    (first, last), steps = await forms.hours(request), await forms.steps(request)
    async with work_of(request) as work:
        policy = Policy(
            cause=cause,
            tier=_tier(tier),
            steps=steps,
            since=work.now,
            ward=ward,
            from_time=first,
            to_time=last,
        )
        await set_policy(work, _branch(work), policy)
        return go(request, "/alerts/policies")


def _tier(said: int) -> Tier:
    if said not in set(Tier):
        raise Missing
    return Tier(said)


def _branch(work: Work) -> UUID:
    assert isinstance(work.actor, Actor)
    return work.actor.branch_id


routes = [
    get("/alerts/policies", policies, SEE, shows={D0}),
    get("/alerts/policies/new", policy_form, SET, shows={D0, D10}),
    post("/alerts/policies", set_version, SET, shows={D10}),
]
