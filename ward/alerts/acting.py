"""Acting: what alerts may do by themselves, when a fact calls for it."""

from domain.access import Permission

MAY = {
    Permission.SOUND_ALERT,
    Permission.VIEW_ALERTS,
    Permission.VIEW_ALERT_POLICY,
    Permission.SET_ALERT_POLICY,
    Permission.VIEW_BEDS,
    Permission.VIEW_PATIENT,
    Permission.VIEW_STAYS,
    Permission.VIEW_DUTY,
    Permission.VIEW_VITALS,
}
