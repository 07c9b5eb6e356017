"""Medicines: every door of the module, each file's beside the others'."""

from ward.medications import (
    change_routes,
    chart_routes,
    formulary_routes,
    give_routes,
    given_routes,
    order_routes,
    ordering_routes,
    past_routes,
    pharmacy_routes,
    pump_routes,
    register_routes,
    report_routes,
    sets_routes,
    settings_routes,
    verbal_routes,
    verify_routes,
)

routes = [
    *chart_routes.routes,
    *past_routes.routes,
    *ordering_routes.routes,
    *order_routes.routes,
    *change_routes.routes,
    *formulary_routes.routes,
    *verbal_routes.routes,
    *register_routes.routes,
    *pump_routes.routes,
    *given_routes.routes,
    *give_routes.routes,
    *pharmacy_routes.routes,
    *settings_routes.routes,
    *sets_routes.routes,
    *report_routes.routes,
    *verify_routes.routes,
]
