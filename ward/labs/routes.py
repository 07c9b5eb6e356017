"""Labs: every door of the module."""

from ward.labs import chart_routes, check_routes, inbox_routes, order_routes, specimen_routes

routes = [
    *chart_routes.routes,
    *check_routes.routes,
    *inbox_routes.routes,
    *order_routes.routes,
    *specimen_routes.routes,
]
