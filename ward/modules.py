"""Modules: every noun of the ward that has pages, screens or work in the background."""

from collections.abc import Callable
from typing import Protocol

import ward.adt.along_answers
import ward.adt.answers
import ward.adt.leaving_answers
import ward.alerts.answers
import ward.alerts.live
import ward.alerts.medicine_reactions
import ward.alerts.reactions
import ward.alerts.result_reactions
import ward.arrivals.answers
import ward.arrivals.live
import ward.beds.live
import ward.breakglass.live
import ward.breakglass.reactions
import ward.care.live
import ward.duty.answers
import ward.duty.live
import ward.duty.reactions
import ward.flags.answers
import ward.flags.reactions
import ward.house.live
import ward.house.reactions
import ward.infants.answers
import ward.interop.hl7.live
import ward.interop.hl7.outbound.live
import ward.interop.hl7.outbound.told
import ward.interop.hl7.outbound.told_labs
import ward.interop.hl7.outbound.told_moves
import ward.interop.hl7.outbound.told_persons
import ward.interop.hl7.unmatched.live
import ward.labs.answers
import ward.labs.live
import ward.labs.reactions
import ward.medications.answers
import ward.medications.live
import ward.medications.order_answers
import ward.medications.pharmacy_live
import ward.medications.reactions
import ward.medications.redraws
import ward.patients.live
import ward.portal.live
import ward.prescriptions.answers
import ward.reconciliation.answers
import ward.reminders.answers
import ward.reminders.live
import ward.reminders.reactions
import ward.scheduling.answers
import ward.scheduling.clinic_live
import ward.scheduling.live
import ward.scheduling.offers_reactions
import ward.scheduling.reactions
import ward.scheduling.waitlist_live
import ward.summaries.answers
import ward.summaries.reactions
import ward.tasks.answers
import ward.tasks.live
import ward.tasks.medicine_reactions
import ward.tasks.reactions
import ward.tasks.result_reactions
import ward.users.live
import ward.vitals.answers
import ward.vitals.live
import ward.vitals.reactions
import ward.wristbands.answers
from ward.admin import routes as admin
from ward.adt import routes as adt
from ward.alerts import routes as alerts
from ward.alerts.push_sending import Sender
from ward.arrivals import routes as arrivals
from ward.audit import routes as audit
from ward.audit import routes_signals as audit_signals
from ward.audit.running import Runs
from ward.audit.sealing import Sealer
from ward.beds import routes as beds
from ward.beds import wall
from ward.breakglass import routes as breakglass
from ward.care import routes as care
from ward.duty import routes as duty
from ward.erasure import routes as erasure
from ward.flags import routes as flags
from ward.house import routes as house
from ward.infants import routes as infants
from ward.interop.hl7 import routes as hl7
from ward.interop.hl7.border import Border
from ward.interop.hl7.outbound import receiver_routes as hl7_receivers
from ward.interop.hl7.outbound import routes as hl7_outbound
from ward.interop.hl7.outbound.sender import Post
from ward.interop.hl7.siu import routes as hl7_siu
from ward.interop.hl7.unmatched import routes as hl7_unmatched
from ward.interop.hl7.worker import Worker
from ward.jobs import Runner
from ward.keeper import Keeper
from ward.labs import routes as labs
from ward.medications import routes as medications
from ward.node import Node
from ward.patients import routes as patients
from ward.patients.index import PatientIndex
from ward.portal import routes as portal
from ward.prescriptions import routes as prescriptions
from ward.reconciliation import routes as reconciliation
from ward.reminders import routes as reminders
from ward.reminders.sender import Sender as ReminderSender
from ward.scheduling import routes as scheduling
from ward.summaries import routes as summaries
from ward.tasks import routes as tasks
from ward.testclock import TestClock
from ward.tidy import Tidy
from ward.users import routes as users
from ward.vitals import routes as vitals
from ward.web import PolicyRoute
from ward.wristbands import routes as wristbands


class Background(Protocol):
    """Something that runs beside the requests of a node."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


SCREENS = (
    ward.alerts.live,
    ward.arrivals.live,
    ward.beds.live,
    ward.breakglass.live,
    ward.care.live,
    ward.duty.live,
    ward.house.live,
    ward.interop.hl7.live,
    ward.interop.hl7.outbound.live,
    ward.interop.hl7.unmatched.live,
    ward.labs.live,
    ward.medications.live,
    ward.medications.pharmacy_live,
    ward.patients.live,
    ward.portal.live,
    ward.reminders.live,
    ward.scheduling.clinic_live,
    ward.scheduling.live,
    ward.scheduling.waitlist_live,
    ward.vitals.live,
    ward.tasks.live,
    ward.users.live,
)
ROUTES: list[PolicyRoute] = [
    *users.routes,
    *wall.routes,
    *beds.routes,
    *patients.routes,
    *infants.routes,
    *adt.routes,
    *alerts.routes,
    *duty.routes,
    *flags.routes,
    *vitals.routes,
    *labs.routes,
    *medications.routes,
    *care.routes,
    *scheduling.routes,
    *arrivals.routes,
    *reminders.routes,
    *portal.routes,
    *tasks.routes,
    *reconciliation.routes,
    *prescriptions.routes,
    *summaries.routes,
    *wristbands.routes,
    *hl7.routes,
    *hl7_outbound.routes,
    *hl7_receivers.routes,
    *hl7_siu.routes,
    *hl7_unmatched.routes,
    *admin.routes,
    *audit.routes,
    *erasure.routes,
    *house.routes,
    *audit_signals.routes,
    *breakglass.routes,
]
BACKGROUND: list[Callable[[Node], Background]] = [
    TestClock,
    Keeper,
    PatientIndex,
    Worker,
    Border,
    Post,
    Sender,
    ReminderSender,
    Runner,
    Tidy,
    Sealer,
    Runs,
]
