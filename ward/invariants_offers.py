"""Offers: what must hold of the waiting list, and of the times that are kept for it."""

_NOT_KEPT = """
    SELECT o.id FROM waitlist_offer o JOIN hold h ON h.id = o.hold_id
    WHERE o.status = 'open' AND o.until > :now
        AND (h.ended_at IS NOT NULL OR h.until <> o.until OR NOT EXISTS (SELECT 1 FROM reservation r
            WHERE r.hold_id = h.id AND r.ended_at IS NULL))
"""
_DISAGREES = """
    SELECT e.id FROM waitlist_entry e
    WHERE (e.status = 'offered') <> EXISTS (SELECT 1 FROM waitlist_offer o
        WHERE o.entry_id = e.id AND o.status = 'open')
"""
_NOT_BOOKED = """
    SELECT o.id FROM waitlist_offer o LEFT JOIN appointment a ON a.id = o.appointment_id
    WHERE (o.status = 'accepted') <> (a.id IS NOT NULL) OR a.patient_id <> o.patient_id
"""
_STUCK = """
    SELECT o.id FROM waitlist_offer o
    WHERE o.status = 'open' AND NOT EXISTS (SELECT 1 FROM job j
        WHERE j.name = 'scheduling.offers_reactions.pass_on' AND j.parked_at IS NULL
            AND j.body ->> 'offer_id' = o.id::text)
"""

QUERIES: list[tuple[str, str, str]] = [
    ("I16a", "The time of every open offer is kept, as long as it stands.", _NOT_KEPT),
    ("I16b", "Who is offered a time has an open offer, and nobody else has.", _DISAGREES),
    ("I16c", "Every offer that was accepted was booked, for that patient.", _NOT_BOOKED),
    ("I16d", "Every open offer will pass on by itself.", _STUCK),
]
