"""Medicines: every door of the module, each file's beside the others'."""

from ward.medications import chart_routes, formulary_routes, ordering_routes

routes = [
    *chart_routes.routes,
    *ordering_routes.routes,
    *formulary_routes.routes,
]
