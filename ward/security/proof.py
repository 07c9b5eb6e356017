"""Proof: whether who asks may come here, as they have proved who they are."""

from datetime import datetime

from ward.errors import FactorDue, Forbidden, PasswordDue, ProveAgain
from ward.security.actors import Actor, System
from ward.security.policy import Policy
from ward.security.sessions import PROOF_HOLDS


def admit(actor: Actor, policy: Policy, now: datetime) -> None:
    """Refuse whom the policy of a route does not let in, and say what is missing."""
    if policy.permission is not None and not actor.may(policy.permission):
        raise Forbidden
    if actor.chooses and not policy.choosing:
        raise PasswordDue
    if actor.owes and not policy.owing:
        raise FactorDue
    if policy.fresh:
        demand(actor, now)


def demand(actor: Actor | System, now: datetime) -> None:
    """Ask a person who proved who they are too long ago, or by a PIN alone, to do it again."""
    if not isinstance(actor, Actor) or actor.kind != "person":
        return
    if not actor.proved(now, PROOF_HOLDS):
        raise ProveAgain
