"""Change form: an order that stands, typed into the line of the order form, to be changed there."""

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.access import Permission
from domain.frequencies import Code
from ward.medications import order_form, overrides
from ward.medications.basket import Basket
from ward.medications.change import Span
from ward.medications.details import Infused, OrderDetail
from ward.medications.held import hold
from ward.medications.line import Line as Order
from ward.medications.line import line
from ward.medications.order_form import Form
from ward.medications.ordering_fields import YES, Typed
from ward.medications.words import LineWords
from ward.work import Lock, Work

MAY = Permission.PRESCRIBE
LOCAL = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True, repr=False)
class Changing:
    """The form with its only line, and the order as it stands."""

    form: Form
    order: Order
    reason: str

    @property
    def line(self) -> order_form.Line:
        """Give the line that is changed."""
        return self.form.lines[0]

    @property
    def span(self) -> Span:
        """Give from when until when; an end that was not touched keeps its seconds."""
        written, request = self.line.written, self.order.request
        as_it_was = typed_of(self.order, self.form.held.zone, written.starts_at)["stops"]
        kept = self.line.typed["stops"] == as_it_was
        return Span(written.starts_at, request.stops_at if kept else written.stops_at)


async def begin(
    work: Work,
    request_id: UUID,
    typed: Typed | None,
    reason: str = "",
    *,
    lock: Lock = False,
) -> Changing:
    """Read the order and what is typed so far; at first that is the order itself.

    Reasons that were given with the order stand in the form again; signing gives them anew.
    """
    order = await line(work, request_id, MAY)
    fresh = typed is None
    patient_id = order.request.patient_id
    held = await hold(work, patient_id, MAY, lock=lock)
    texts = typed_of(order, held.zone, work.now) if typed is None else typed
    basket = Basket(lines=(texts,), open=0)
    form = await order_form.begin(work, patient_id, basket, MAY, without=request_id)
    if fresh:
        form = await _answered(work, form, order)
    return Changing(form, order, reason)


async def _answered(work: Work, form: Form, order: Order) -> Form:
    """Fill in the reasons that were given with this order before."""
    kept = (await overrides.of_requests(work, [order.request.id])).get(order.request.id, [])
    found = []
    for one in form.lines[0].found:
        view = next((view for view in kept if view.given.answers(one.finding)), None)
        found.append(replace(one, why=view.reason.value, text=view.text) if view else one)
    return replace(form, lines=(replace(form.lines[0], found=tuple(found)),))


def typed_of(order: Order, zone: tzinfo, now: datetime) -> Typed:
    """Write an order as it would be typed."""
    detail, request = order.detail, order.request
    stops, starts = request.stops_at, request.starts_at
    once = detail.frequency is Code.ONCE and starts > now
    texts = {
        "generic": detail.generic,
        "form": detail.form,
        "dose": "" if detail.steps else plain(detail.dose),
        "dose_most": plain(detail.dose_most),
        "unit": detail.unit.value,
        "route": detail.route.value,
        "frequency": detail.frequency.value,
        "times": " ".join(f"{at:%H:%M}" for at in detail.times),
        "weekday": "" if detail.weekday is None else str(detail.weekday),
        "monthday": "" if detail.monthday is None else str(detail.monthday),
        "count": "" if detail.count is None else str(detail.count),
        "starts": starts.astimezone(zone).strftime(LOCAL) if once else "",
        "stops": stops.astimezone(zone).strftime(LOCAL) if stops else "",
        "modified_release": YES if detail.modified_release else "",
        "indication": detail.indication,
        "note": detail.note,
        "first": detail.first.value,
    }
    texts |= _limits(detail) | _steps(detail) | _infusion(detail.infusion)
    texts |= {f"is_{one.value}": YES for one in detail.circumstances}
    return Typed({name: text for name, text in texts.items() if text})


def plain(value: Decimal | None) -> str:
    """Write a number as it is typed: 1000, 0.5."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _limits(detail: OrderDetail) -> dict[str, str]:
    limits = detail.limits
    if limits is None:
        return {}
    minutes = limits.min_interval_minutes or 0
    hours = minutes and not minutes % 60
    return {
        "interval": str(minutes // 60 if hours else minutes) if minutes else "",
        "interval_in": "hours" if hours else "minutes",
        "max_24h": plain(limits.max_24h),
        "max_count": "" if limits.max_count is None else str(limits.max_count),
    }


def _steps(detail: OrderDetail) -> dict[str, str]:
    texts = {"rows": str(len(detail.steps)) if detail.steps else ""}
    for at, step in enumerate(detail.steps):
        texts[f"step_dose_{at}"] = plain(step.dose)
        texts[f"step_days_{at}"] = "" if step.days is None else str(step.days)
    return texts


def _infusion(infusion: Infused | None) -> dict[str, str]:
    if infusion is None:
        return {}
    return {
        "infusion": YES,
        "volume": plain(infusion.volume_ml),
        "diluent": infusion.diluent,
        "rate": plain(infusion.rate),
        "rate_unit": infusion.rate_unit,
        "least": plain(infusion.least),
        "most": plain(infusion.most),
        "weight": plain(infusion.weight_kg),
        "target": infusion.target,
    }


def drawn(changing: Changing) -> dict[str, Any]:
    """Give the templates of the sheet what they show."""
    request, form = changing.order.request, changing.form
    url = f"/orders/{request.id}/change"
    words: LineWords = changing.order.words
    return order_form.drawn(form, f"{url}/ask", url) | {
        "title": "Change order",
        "was": words,
        "version": request.version,
        "reason": changing.reason,
        "name": form.name,
    }
