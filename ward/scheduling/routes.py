"""Scheduling: every page and command of calendars and appointments."""

from ward.scheduling import (
    appointment_routes,
    book_routes,
    calendar_routes,
    feed_routes,
    hour_routes,
    series_routes,
    setup_routes,
    waitlist_routes,
)

routes = [
    *calendar_routes.routes,
    *book_routes.routes,
    *appointment_routes.routes,
    *feed_routes.routes,
    *hour_routes.routes,
    *series_routes.routes,
    *setup_routes.routes,
    *waitlist_routes.routes,
]
