"""Access: which role may do what to which class of data, and what explains it."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType


class DataClass(StrEnum):
    """How sensitive a piece of data is; a projection has exactly one of these."""

    D0 = "D0"  # bed, initials, flags
    D1 = "D1"  # demographics
    D2 = "D2"  # scheduling
    D3 = "D3"  # basic record: allergies, vitals, resuscitation status, diet
    D4 = "D4"  # orders and medication administration
    D5 = "D5"  # laboratory
    D6 = "D6"  # notes and diagnoses
    D7 = "D7"  # sensitive notes
    D8 = "D8"  # billing
    D9 = "D9"  # audit
    D10 = "D10"  # users, configuration, keys


D0, D1, D2, D3, D4, D5, D6, D7, D8, D9, D10 = DataClass


class Role(StrEnum):
    """What a grant makes of a person (or of a screen on the wall)."""

    NURSE = "nurse"
    CHARGE = "charge"
    DOCTOR = "doctor"
    PHARMACIST = "pharmacist"
    LAB = "lab"
    RECEPTION = "reception"
    BILLING = "billing"
    ADMIN = "admin"
    PRIVACY = "privacy"
    PATIENT = "patient"
    WALL = "wall"


N, C, DR, PH, LB, RC, BL, AD, PV, PT, WL = Role

READS = MappingProxyType(
    {
        N: {D0, D1, D2, D3, D4, D5, D9},
        C: {D0, D1, D2, D3, D4, D5, D9},
        DR: {D0, D1, D2, D3, D4, D5, D6, D9},
        PH: {D0, D1, D3, D4, D5, D6, D9},
        LB: {D1, D5, D9},
        RC: {D0, D1, D2, D9},
        BL: {D1, D2, D8, D9},
        AD: {D0, D1, D2, D3, D4, D5, D8, D9, D10},
        PV: {D0, D1, D9, D10},
        PT: {D0, D1, D2, D3, D4, D5, D6, D9},
        WL: {D0},
    }
)
WRITES = MappingProxyType(
    {
        N: {D0, D2, D3, D4},
        C: {D0, D2, D3, D4},
        DR: {D2, D3, D4, D5, D6},
        PH: {D4},
        LB: {D5},
        RC: {D1, D2},
        BL: {D8},
        AD: {D1, D2, D8, D10},
        PV: {D9},
        PT: {D2},
        WL: set[DataClass](),
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a permission touches, and the roles that hold it."""

    data: DataClass | None  # None: nothing of a patient or a place (one's own account)
    writes: bool
    roles: frozenset[Role]


class Permission(StrEnum):
    """One thing a role may do, named `module.verb`."""

    USE_ACCOUNT = "users.use_account"
    MANAGE_USERS = "users.manage"
    VIEW_PLACES = "places.view"
    OPEN_PLACES = "places.open"
    STAFF_BEDS = "places.staff"
    VIEW_BEDS = "beds.view"
    CHANGE_BED_STATUS = "beds.change_status"
    RESERVE_BED = "beds.reserve"
    BLOCK_BED = "beds.block"
    SET_CARD = "beds.set_card"
    VIEW_PATIENT = "patients.view"
    SEARCH_PATIENTS = "patients.search"
    REGISTER_PATIENT = "patients.register"
    AMEND_PATIENT = "patients.amend"
    VIEW_ALLERGIES = "patients.view_allergies"
    RECORD_ALLERGY = "patients.record_allergy"
    VIEW_CONDITIONS = "patients.view_conditions"
    RECORD_CONDITION = "patients.record_condition"
    VIEW_FLAGS = "flags.view"
    VIEW_PRECAUTIONS = "flags.view_precautions"
    SET_FLAG = "flags.set"
    DECIDE_RESUSCITATION = "flags.decide_resuscitation"
    VIEW_STAYS = "adt.view"
    REQUEST_MOVE = "adt.request"
    ACCEPT_MOVE = "adt.accept"
    ADMIT = "adt.admit"
    TRANSFER = "adt.transfer"
    DISCHARGE = "adt.discharge"
    CANCEL_MOVE = "adt.cancel"
    LINK_INFANT = "infants.link"
    VIEW_STAFF = "staff.view"
    ENGAGE_STAFF = "staff.engage"
    WATCH_MESSAGES = "hl7.watch"
    REVIEW_MESSAGES = "hl7.review"
    MANAGE_RECEIVERS = "hl7.receivers"
    SIMULATE = "simulator.run"
    VIEW_DUTY = "duty.view"
    TAKE_DUTY = "duty.take"
    GIVE_BEDS = "duty.give_beds"
    VIEW_VITALS = "vitals.view"
    RECORD_VITALS = "vitals.record"
    SET_SCALE = "vitals.set_scale"
    VIEW_ALERTS = "alerts.view"
    SOUND_ALERT = "alerts.sound"
    RESPOND_ALERT = "alerts.respond"
    VIEW_ALERT_POLICY = "alerts.view_policy"
    SET_ALERT_POLICY = "alerts.set_policy"
    REPORT_ALERTS = "alerts.report"
    VIEW_TASKS = "tasks.view"
    ASSIGN_TASK = "tasks.assign"
    DO_TASK = "tasks.do"
    VIEW_MEDICATIONS = "medications.view"
    PRESCRIBE = "medications.prescribe"
    RECORD_VERBAL = "medications.record_verbal"
    VERIFY_MEDICATION = "medications.verify"
    GIVE_MEDICATION = "medications.give"
    VIEW_FORMULARY = "medications.view_formulary"
    SET_FORMULARY = "medications.set_formulary"
    REPORT_MEDICATIONS = "medications.report"
    RECORD_HOME_MEDICINE = "reconciliation.record"
    RECONCILE = "reconciliation.decide"
    ISSUE_PRESCRIPTION = "prescriptions.issue"
    DISPENSE = "prescriptions.dispense"
    CHECK_PRESCRIPTION = "prescriptions.check"
    VIEW_SUMMARY = "summaries.view"
    WRITE_SUMMARY = "summaries.write"
    CHECK_SUMMARY = "summaries.check"
    ISSUE_WRISTBAND = "wristbands.issue"
    VIEW_LABS = "labs.view"
    ORDER_LABS = "labs.order"
    COLLECT_SPECIMEN = "labs.collect"
    RECEIVE_SPECIMEN = "labs.receive"
    RELEASE_RESULT = "labs.release"
    ACKNOWLEDGE_RESULT = "labs.acknowledge"
    CALL_CRITICAL = "labs.call"
    REPORT_LABS = "labs.report"
    VIEW_CALENDAR = "scheduling.view_calendar"
    VIEW_APPOINTMENTS = "scheduling.view"
    BOOK_APPOINTMENT = "scheduling.book"
    OVERBOOK = "scheduling.overbook"
    SET_SCHEDULE = "scheduling.set"
    MANAGE_CLINIC = "scheduling.manage"
    SHARE_CALENDAR = "scheduling.share"
    ANSWER_OFFER = "scheduling.answer"
    VIEW_QUEUE = "arrivals.view"
    VIEW_TICKETS = "arrivals.view_tickets"
    CHECK_IN = "arrivals.check_in"
    CALL_NEXT = "arrivals.call"
    WATCH_REMINDERS = "reminders.watch"
    SEND_REMINDER = "reminders.send"
    WATCH_JOBS = "jobs.watch"
    REPLAY_JOBS = "jobs.replay"
    VIEW_TRAIL = "audit.view"
    VERIFY_TRAIL = "audit.verify"
    EXPORT_TRAIL = "audit.export"
    JUDGE_SIGNALS = "audit.judge"
    VIEW_ACCESS = "audit.view_access"
    VIEW_ERASURES = "erasure.view"
    ASK_ERASURE = "erasure.ask"
    APPROVE_ERASURE = "erasure.approve"
    VIEW_GLASS = "breakglass.view"
    BREAK_GLASS = "breakglass.open"
    HEAR_GLASS = "breakglass.hear"
    VIEW_GLASS_CASES = "breakglass.view_cases"
    REVIEW_GLASS = "breakglass.review"
    VIEW_OWN = "own.appointments.view"
    ACT_OWN = "own.appointments.act"
    VIEW_OWN_SUMMARY = "own.summaries.view"
    VIEW_FREE = "own.free.view"
    INVITE_PATIENT = "portal.invite"


def _rule(data: DataClass | None, *roles: Role, writes: bool = False) -> Rule:
    return Rule(data, writes, frozenset(roles))


RULES = MappingProxyType(
    {
        Permission.USE_ACCOUNT: _rule(None, N, C, DR, PH, LB, RC, BL, AD, PV, PT),
        Permission.MANAGE_USERS: _rule(D10, AD, writes=True),
        Permission.VIEW_PLACES: _rule(D0, N, C, DR, PH, RC, AD, PV),
        Permission.OPEN_PLACES: _rule(D10, AD, writes=True),
        # Who works where is D2, as in the roster: for who leads the ward, and who runs the house.
        Permission.STAFF_BEDS: _rule(D2, C, AD, writes=True),
        Permission.VIEW_BEDS: _rule(D0, N, C, DR, PH, RC, AD, PV, WL),
        Permission.CHANGE_BED_STATUS: _rule(D0, N, C, writes=True),
        Permission.RESERVE_BED: _rule(D0, N, C, writes=True),
        Permission.BLOCK_BED: _rule(D0, C, writes=True),
        Permission.SET_CARD: _rule(D10, AD, writes=True),
        Permission.VIEW_PATIENT: _rule(D1, N, C, DR, PH, LB, RC, BL, AD, PV),
        Permission.SEARCH_PATIENTS: _rule(D1, N, C, DR, PH, LB, RC, BL, AD, PV),
        Permission.REGISTER_PATIENT: _rule(D1, RC, AD, writes=True),
        Permission.AMEND_PATIENT: _rule(D1, RC, AD, writes=True),
        Permission.VIEW_ALLERGIES: _rule(D3, N, C, DR, PH, AD),
        Permission.RECORD_ALLERGY: _rule(D3, N, C, DR, writes=True),
        Permission.VIEW_CONDITIONS: _rule(D6, DR, PH),
        Permission.RECORD_CONDITION: _rule(D6, DR, writes=True),
        # The chips; what is said of them, and resuscitation, is D3. Each chip has its own class.
        Permission.VIEW_FLAGS: _rule(D0, N, C, DR, PH, RC, AD, PV),
        Permission.VIEW_PRECAUTIONS: _rule(D3, N, C, DR, PH, AD),
        Permission.SET_FLAG: _rule(D3, N, C, DR, writes=True),
        Permission.DECIDE_RESUSCITATION: _rule(D3, DR, writes=True),
        Permission.VIEW_STAYS: _rule(D0, N, C, DR, PH, RC, AD, PV),
        Permission.REQUEST_MOVE: _rule(D0, N, C, writes=True),
        Permission.ACCEPT_MOVE: _rule(D0, N, C, writes=True),
        Permission.ADMIT: _rule(D0, N, C, writes=True),
        Permission.TRANSFER: _rule(D0, N, C, writes=True),
        Permission.DISCHARGE: _rule(D0, N, C, writes=True),
        Permission.CANCEL_MOVE: _rule(D0, N, C, writes=True),
        Permission.LINK_INFANT: _rule(D0, N, C, writes=True),
        Permission.VIEW_STAFF: _rule(D10, AD, PV),
        Permission.ENGAGE_STAFF: _rule(D10, AD, writes=True),
        Permission.WATCH_MESSAGES: _rule(D0, AD),
        Permission.REVIEW_MESSAGES: _rule(D1, AD, writes=True),
        Permission.MANAGE_RECEIVERS: _rule(D10, AD, writes=True),
        Permission.SIMULATE: _rule(D10, writes=True),
        Permission.VIEW_DUTY: _rule(D0, N, C, DR, PH, RC, AD, PV),
        Permission.TAKE_DUTY: _rule(D2, N, C, DR, writes=True),
        Permission.GIVE_BEDS: _rule(D2, N, C, writes=True),
        Permission.VIEW_VITALS: _rule(D3, N, C, DR, PH, AD),
        Permission.RECORD_VITALS: _rule(D3, N, C, DR, writes=True),
        Permission.SET_SCALE: _rule(D3, DR, writes=True),
        Permission.VIEW_ALERTS: _rule(D3, N, C, DR, PH, AD),
        Permission.SOUND_ALERT: _rule(D3, writes=True),
        Permission.RESPOND_ALERT: _rule(D3, N, C, DR, writes=True),
        Permission.VIEW_ALERT_POLICY: _rule(D0, N, C, DR, AD),
        Permission.SET_ALERT_POLICY: _rule(D10, AD, writes=True),
        Permission.REPORT_ALERTS: _rule(D0, C, AD),
        Permission.VIEW_TASKS: _rule(D3, N, C, DR, AD),
        Permission.ASSIGN_TASK: _rule(D3, N, C, DR, writes=True),
        Permission.DO_TASK: _rule(D3, N, C, DR, writes=True),
        Permission.VIEW_MEDICATIONS: _rule(D4, N, C, DR, PH, AD),
        Permission.PRESCRIBE: _rule(D4, DR, writes=True),
        Permission.RECORD_VERBAL: _rule(D4, N, C, writes=True),
        Permission.VERIFY_MEDICATION: _rule(D4, PH, writes=True),
        Permission.GIVE_MEDICATION: _rule(D4, N, C, DR, writes=True),
        Permission.VIEW_FORMULARY: _rule(D0, N, C, DR, PH, AD),
        Permission.SET_FORMULARY: _rule(D4, PH, writes=True),
        Permission.REPORT_MEDICATIONS: _rule(D0, C, DR, PH, AD),
        Permission.RECORD_HOME_MEDICINE: _rule(D4, N, C, DR, PH, writes=True),
        Permission.RECONCILE: _rule(D4, DR, writes=True),
        Permission.ISSUE_PRESCRIPTION: _rule(D4, DR, writes=True),
        Permission.DISPENSE: _rule(D4, PH, writes=True),
        Permission.CHECK_PRESCRIPTION: _rule(D4, writes=True),
        # That there is one, and who signed it; of what it says each part is read by its own class.
        Permission.VIEW_SUMMARY: _rule(D3, N, C, DR, PH, AD),
        Permission.WRITE_SUMMARY: _rule(D6, DR, writes=True),
        Permission.CHECK_SUMMARY: _rule(D3),
        Permission.ISSUE_WRISTBAND: _rule(D2, N, C, RC, writes=True),
        Permission.VIEW_LABS: _rule(D5, N, C, DR, PH, LB, AD),
        Permission.ORDER_LABS: _rule(D4, DR, writes=True),
        Permission.COLLECT_SPECIMEN: _rule(D4, N, C, DR, writes=True),
        Permission.RECEIVE_SPECIMEN: _rule(D5, LB, writes=True),
        Permission.RELEASE_RESULT: _rule(D5, LB, writes=True),
        Permission.ACKNOWLEDGE_RESULT: _rule(D5, DR, writes=True),
        Permission.CALL_CRITICAL: _rule(D5, DR, LB, writes=True),
        Permission.REPORT_LABS: _rule(D0, C, DR, AD),
        Permission.VIEW_CALENDAR: _rule(D0, N, C, DR, RC, AD),
        Permission.VIEW_APPOINTMENTS: _rule(D2, N, C, DR, RC, BL, AD),
        Permission.BOOK_APPOINTMENT: _rule(D2, N, C, DR, RC, AD, writes=True),
        Permission.OVERBOOK: _rule(D2, C, DR, writes=True),
        Permission.SET_SCHEDULE: _rule(D2, C, RC, AD, writes=True),
        Permission.MANAGE_CLINIC: _rule(D2, C, AD, writes=True),
        Permission.SHARE_CALENDAR: _rule(D2, N, C, DR, RC, AD, writes=True),
        Permission.ANSWER_OFFER: _rule(D2, N, C, DR, RC, AD, PT, writes=True),
        Permission.VIEW_QUEUE: _rule(D2, N, C, DR, RC, AD),
        Permission.VIEW_TICKETS: _rule(D0, N, C, DR, RC, AD, WL),
        Permission.CHECK_IN: _rule(D2, N, C, DR, RC, writes=True),
        Permission.CALL_NEXT: _rule(D2, N, C, DR, writes=True),
        Permission.WATCH_REMINDERS: _rule(D2, RC, AD),
        Permission.SEND_REMINDER: _rule(D2, RC, AD, writes=True),
        Permission.WATCH_JOBS: _rule(D10, AD),
        Permission.REPLAY_JOBS: _rule(D10, AD, writes=True),
        Permission.VIEW_TRAIL: _rule(D9, N, C, DR, PH, LB, RC, BL, AD, PV),
        Permission.VERIFY_TRAIL: _rule(D9, AD, PV),
        Permission.EXPORT_TRAIL: _rule(D9, AD, PV),
        Permission.JUDGE_SIGNALS: _rule(D9, PV, writes=True),
        Permission.VIEW_ACCESS: _rule(D9, PV, PT),
        Permission.VIEW_ERASURES: _rule(D10, AD, PV),
        Permission.ASK_ERASURE: _rule(D9, PV, writes=True),
        Permission.APPROVE_ERASURE: _rule(D10, AD, writes=True),
        Permission.VIEW_GLASS: _rule(D0, N, C, DR, PH),
        # Those who treat; the others have their relation by their work, or see nobody's record.
        Permission.BREAK_GLASS: _rule(None, N, C, DR, PH, writes=True),
        Permission.HEAR_GLASS: _rule(D0, C, writes=True),
        Permission.VIEW_GLASS_CASES: _rule(D9, PV),
        Permission.REVIEW_GLASS: _rule(D9, PV, writes=True),
        Permission.VIEW_OWN: _rule(D2, PT),
        Permission.ACT_OWN: _rule(D2, PT, writes=True),
        # One's own, as the doctor signed it, once one has left: every part of it up to D6.
        Permission.VIEW_OWN_SUMMARY: _rule(D6, PT),
        Permission.VIEW_FREE: _rule(D0, PT),
        Permission.INVITE_PATIENT: _rule(D1, RC, AD, writes=True),
    }
)


def may(role: Role, permission: Permission) -> bool:
    """Say whether the role holds the permission (a relation must still explain it)."""
    return role in RULES[permission].roles


@cache
def permissions(role: Role) -> tuple[Permission, ...]:
    """List what a role may do, for `<body data-may>` and the account page."""
    return tuple(permission for permission in Permission if may(role, permission))


class Relation(StrEnum):
    """Why this person may see this patient; the code of the SQL view `explains`."""

    WARD = "ward"  # the grant covers the ward the patient lies on
    RECENT = "recent"  # left a ward of the grant less than a day ago
    COMING = "coming"  # somebody asked a ward of the grant to take the patient
    ADMISSION = "admission"  # on no ward: whoever admits must find the person
    CLERK = "clerk"  # registration works for every branch
    OVERSIGHT = "oversight"  # the privacy officer
    APPOINTMENT = "appointment"  # comes to a clinic of the grant within seven days, or came
    OWN = "own"  # the patient's own record
    AUTHOR = "author"  # wrote or signed this very paper, and amends it
    LAB = "lab"  # the laboratory was asked about the patient, or has reported
    BREAK_GLASS = "break-glass"  # opened without any other, with a reason, to be reviewed
    SELF = "self"  # one's own account and session
    PLACE = "place"  # a bed or a ward, explained by the grant itself
    SYSTEM = "system"  # a border or a job, by its declared permissions


CLINICAL = frozenset({D0, D1, D2, D3, D4, D5, D6, D7, D8})
EXPLAINS = MappingProxyType(
    {
        Relation.WARD: CLINICAL,
        Relation.RECENT: CLINICAL,
        Relation.COMING: CLINICAL,
        Relation.ADMISSION: frozenset({D0, D1}),
        Relation.CLERK: frozenset({D0, D1, D2, D3}),
        Relation.OVERSIGHT: frozenset({D0, D1, D9}),
        Relation.APPOINTMENT: CLINICAL,
        Relation.OWN: frozenset({D1, D2, D3, D4, D5, D6, D9}),
        Relation.AUTHOR: frozenset({D3, D6}),
        Relation.LAB: frozenset({D1, D5}),
        Relation.BREAK_GLASS: frozenset({D0, D1, D2, D3, D4, D5, D6}),
        Relation.SELF: frozenset[DataClass](),
        Relation.PLACE: frozenset({D0}),
        Relation.SYSTEM: frozenset(DataClass),
    }
)


# Deeds that need more than a reason to look: whoever was asked to take a patient, or had one
# yesterday, does not send that patient home.
REASONS_TO_ACT = MappingProxyType(
    {
        Permission.DISCHARGE: frozenset({Relation.WARD}),
        Permission.CANCEL_MOVE: frozenset({Relation.WARD, Relation.RECENT}),
        Permission.TRANSFER: frozenset({Relation.WARD, Relation.COMING}),
    }
)


def explaining(permission: Permission) -> list[Relation]:
    """List the relations that are reason enough for this permission."""
    data, enough = RULES[permission].data, REASONS_TO_ACT.get(permission, frozenset(Relation))
    return [
        relation for relation, classes in EXPLAINS.items() if data in classes and relation in enough
    ]
