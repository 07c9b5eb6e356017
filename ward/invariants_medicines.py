"""Medicines: what must hold of orders, doses, what was given, papers and outside orders."""

_GIVEN_TWICE = """
    SELECT dose_id FROM medication_administration
    WHERE dose_id IS NOT NULL AND voided_at IS NULL GROUP BY dose_id HAVING count(*) > 1
"""
_DUE_TWICE = """
    SELECT min(d.id::text) FROM scheduled_dose d
    JOIN medication_administration a ON a.dose_id = d.id AND a.voided_at IS NULL
    WHERE a.status <> 'not_given'
    GROUP BY d.request_id, d.due_at HAVING count(DISTINCT d.id) > 1
"""
_TOO_SOON = """
    SELECT later.administration_id FROM ingredient_lockout later JOIN ingredient_lockout earlier
        ON earlier.ingredient = later.ingredient AND earlier.during && later.during
        AND earlier.id < later.id
    WHERE earlier.ended_at IS NULL AND later.ended_at IS NULL
        AND earlier.reason IS NULL AND later.reason IS NULL
"""
_NOT_LOCKED_OUT = """
    SELECT a.id FROM medication_administration a
    WHERE a.voided_at IS NULL AND a.dose_id IS NULL AND a.status <> 'not_given'
        AND NOT EXISTS (SELECT 1 FROM ingredient_lockout l
            WHERE l.administration_id = a.id AND l.ended_at IS NULL)
"""
_DOSE_DISAGREES = """
    SELECT d.id FROM scheduled_dose d LEFT JOIN medication_administration a
        ON a.dose_id = d.id AND a.voided_at IS NULL
    WHERE (a.id IS NOT NULL AND a.status <> d.status)
        OR (a.id IS NULL AND d.status NOT IN ('planned', 'cancelled', 'entered_in_error'))
"""
# An order whose last dose was taken back is opened again by a job; until then it is not wrong.
_LEFT_OVER = """
    SELECT d.id FROM scheduled_dose d JOIN medication_request r ON r.id = d.request_id
    WHERE d.status = 'planned' AND r.status NOT IN ('active', 'on-hold')
        AND d.due_at > r.ended_at AND NOT EXISTS (SELECT 1 FROM job j
            WHERE j.name = 'medications.dose_corrected' AND j.parked_at IS NULL
                AND j.body ->> 'request_id' = r.id::text)
"""
_UNPLANNED = """
    SELECT r.id FROM medication_request r
    WHERE r.status IN ('active', 'on-hold') AND r.kind = 'regular'
        AND (r.planned_until IS NULL OR r.planned_until < :now) AND NOT EXISTS (SELECT 1 FROM job j
            WHERE j.name = 'medications.plan_ahead' AND j.parked_at IS NULL
                AND j.key = r.id::text)
"""
_DISPENSED = """
    SELECT id FROM prescription
    WHERE (dispensed_at IS NOT NULL AND cancelled_at IS NOT NULL)
        OR NOT (coalesce(dispensed_at, issued_at) BETWEEN issued_at AND valid_until)
    UNION ALL
    SELECT (event ->> 'prescription_id')::uuid FROM outbox
    WHERE event ->> 'kind' = 'PrescriptionDispensed'
    GROUP BY event ->> 'prescription_id', topic HAVING count(*) > 1
"""
_OUTSIDE_ORDER = """
    SELECT r.id FROM medication_request r LEFT JOIN hl7_order o ON o.request_id = r.id
    WHERE r.source = 'pharmacy'
    GROUP BY r.id HAVING count(o.id) <> 1 OR r.source_hash IS NULL
"""
_ORDERED_TWICE = """
    SELECT min(id::text) FROM medication_request
    WHERE source_hash IS NOT NULL GROUP BY source_hash HAVING count(*) > 1
"""

QUERIES: list[tuple[str, str, str]] = [
    ("I3a", "At most one effective administration per dose.", _GIVEN_TWICE),
    ("I3b", "No order was given twice for one time.", _DUE_TWICE),
    ("I3c", "As required: the interval was kept, or somebody answered for it.", _TOO_SOON),
    ("I3d", "What was given as required locks its ingredients out.", _NOT_LOCKED_OUT),
    ("I3e", "A dose stands as what was recorded of it.", _DOSE_DISAGREES),
    ("I3f", "Nothing is still to be given of an order that has ended.", _LEFT_OVER),
    ("I3g", "The doses of every standing order are planned.", _UNPLANNED),
    ("I3h", "A prescription is dispensed once, while it is valid.", _DISPENSED),
    ("I4b", "An order from outside stands here once, under its number.", _OUTSIDE_ORDER),
    ("I4c", "No number from outside stands for two orders.", _ORDERED_TWICE),
]
