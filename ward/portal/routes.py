"""Routes: a patient's own pages, and how a patient comes to them."""

from ward.portal import feed_routes, join_routes, letter_routes, move_routes, own_routes

routes = [
    *own_routes.routes,
    *move_routes.routes,
    *feed_routes.routes,
    *letter_routes.routes,
    *join_routes.routes,
]
