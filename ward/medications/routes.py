"""Medicines: every door of the module, each file's beside the others'."""

from ward.medications import chart_routes

routes = [
    *chart_routes.routes,
]
