"""Words: a medicine line as the ward writes it: name, form, DOSE, route, how often."""

from dataclasses import dataclass
from datetime import timedelta

from domain.display import duration
from domain.formulary import Unit, named, write
from domain.frequencies import FREQUENCIES, Code
from domain.infusions import Rate, RateUnit
from ward.medications.details import OrderDetail

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class LineWords:
    """The parts of a line, each whole; a line breaks between them and never inside."""

    shown: str  # tall-man letters, for eyes
    plain: str  # for copy, search and speech
    form: str
    dose: str
    route: str
    often: str

    @property
    def whole(self) -> str:
        """Write the line as one text: metoprolol — tablet — DOSE 50 mg — oral — twice daily."""
        parts = (self.plain, self.form, f"DOSE {self.dose}", self.route, self.often)
        return " — ".join(part for part in parts if part)


def line_words(detail: OrderDetail) -> LineWords:
    """Write an order as a medicine line does (ui.md, display formats)."""
    drug = named(detail.generic)
    return LineWords(
        shown=drug.shown if drug else detail.generic,
        plain=detail.generic,
        form=detail.form,
        dose=dose_words(detail),
        route=detail.route.word,
        often=often_words(detail),
    )


def dose_words(detail: OrderDetail) -> str:
    """Write the dose; a range and the steps of a taper in full."""
    if detail.steps:
        return ", then ".join(
            write(step.dose, detail.unit) + (f" for {_days(step.days)}" if step.days else "")
            for step in detail.steps
        )
    if detail.dose_most is None:
        return write(detail.dose, detail.unit)
    return f"{write(detail.dose, detail.unit)} to {write(detail.dose_most, detail.unit)}"


def often_words(detail: OrderDetail) -> str:
    """Write how often, in full words; an infusion says its rate, as required its limits."""
    if detail.infusion is not None:
        rate = Rate(detail.infusion.rate, RateUnit.read(detail.infusion.rate_unit))
        return f"in {write(detail.infusion.volume_ml, Unit.ML)}, {rate}"
    words = FREQUENCIES[detail.frequency].words
    if detail.frequency is Code.WK and detail.weekday is not None:
        words = f"{words}, on {DAYS[detail.weekday]}"
    if detail.frequency is Code.MO and detail.monthday is not None:
        words = f"{words}, on day {detail.monthday}"
    return words + _limits(detail)


def _limits(detail: OrderDetail) -> str:
    limits, said = detail.limits, ""
    if limits is None:
        return said
    if limits.min_interval_minutes:
        said += f", at least {duration(timedelta(minutes=limits.min_interval_minutes))} apart"
    if limits.max_24h is not None:
        said += f", at most {write(limits.max_24h, detail.unit)} in 24 hours"
    if limits.max_count is not None:
        said += f", at most {limits.max_count} doses in 24 hours"
    return said


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
