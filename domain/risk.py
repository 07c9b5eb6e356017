"""Risk: falls, pressure damage and clots, as points and bands.

Where the bands begin is a setting of the site (`Cuts`); the defaults are the commonly published
ones. Item names and points only: the texts of the cards belong to their owners, who are asked
before clinical use.

- Morse: Morse JM et al., Can J Aging 1989;8:366-77; Soc Sci Med 1989;28:81-6. NICE NG249 advises
  against predicting falls with such tools, so a site can do without it.
- Braden: (c) 1988 Braden and Bergstrom; its bands differ between publications.
- Waterlow: (c) J. Waterlow; a site brings its own card, only the bands stand here.
- Padua: Barbar S et al., J Thromb Haemost 2010;8:2450 (PMC7454299, PMC3278052).
- IMPROVE VTE: from secondary sources.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from domain.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where the bands of a tool begin: (lowest total, band), ascending."""

    bands: tuple[tuple[int, str], ...]

    def __post_init__(self) -> None:
        """Refuse bands that are not in order."""
        lows = [low for low, _ in self.bands]
        if not lows or lows != sorted(set(lows)):
            raise NotAllowed("Bands begin at rising totals.", "risk.cuts")

    def band(self, total: int) -> str:
        """Return the band a total lies in."""
        if total < self.bands[0][0]:
            raise NotAllowed(f"A total of {total} has no band.", "risk.total")
        return next(band for low, band in reversed(self.bands) if low <= total)


@dataclass(frozen=True, slots=True)
class Assessment:
    """An assessment with the points that explain it."""

    points: Mapping[str, int]
    total: int
    band: str


#: Sources print 45 as moderate and as high; here it is moderate. Each site calibrates.
MORSE_CUTS = Cuts(((0, "low"), (25, "moderate"), (46, "high")))
BRADEN_CUTS = Cuts(((6, "very high"), (10, "high"), (13, "moderate"), (15, "mild"), (19, "none")))
WATERLOW_CUTS = Cuts(((1, "not at risk"), (10, "at risk"), (15, "high"), (20, "very high")))
PADUA_CUTS = Cuts(((0, "low"), (4, "high")))
IMPROVE_VTE_CUTS = Cuts(((0, "low"), (2, "moderate"), (4, "high")))

#: A public page prints secondary and iv the other way round; yes is what has points.
MORSE: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "falls": {"no": 0, "yes": 25},
        "secondary": {"no": 0, "yes": 15},
        "aid": {"none": 0, "cane": 15, "furniture": 30},
        "iv": {"no": 0, "yes": 20},
        "gait": {"normal": 0, "weak": 10, "impaired": 20},
        "mental": {"oriented": 0, "forgets": 15},
    }
)

#: Highest value of each subscale; the lowest is 1, and low is at risk.
BRADEN = MappingProxyType(
    {"sensory": 4, "moisture": 4, "activity": 4, "mobility": 4, "nutrition": 4, "friction": 3}
)

PADUA = MappingProxyType(
    {
        "active_cancer": 3,
        "previous_vte": 3,
        "reduced_mobility": 3,
        "thrombophilia": 3,
        "recent_trauma_surgery": 2,
        "age70": 1,  # one table prints "over 70"; the original is 70 or older
        "heart_resp_failure": 1,
        "mi_stroke": 1,
        "acute_infection": 1,
        "obesity": 1,
        "hormonal": 1,
    }
)

IMPROVE_VTE = MappingProxyType(
    {
        "previous_vte": 3,
        "thrombophilia": 2,
        "leg_paralysis": 2,
        "cancer": 2,
        "immobilised7d": 1,
        "icu": 1,
        "age60": 1,
    }
)

_WATERLOW_MOST = 64  # published range of the total: 1 to 64

_WORDS = MappingProxyType(
    {
        "falls": "History of falling",
        "secondary": "Secondary diagnosis",
        "aid": "Walking aid",
        "iv": "Intravenous line",
        "gait": "Gait",
        "mental": "Mental status",
        "sensory": "Sensory perception",
        "moisture": "Moisture",
        "activity": "Activity",
        "mobility": "Mobility",
        "nutrition": "Nutrition",
        "friction": "Friction and shear",
        "active_cancer": "Active cancer",
        "cancer": "Active cancer",
        "previous_vte": "Previous venous thromboembolism",
        "reduced_mobility": "Reduced mobility for 3 days or more",
        "immobilised7d": "Immobilised for more than 7 days",
        "thrombophilia": "Known thrombophilia",
        "recent_trauma_surgery": "Trauma or surgery within a month",
        "leg_paralysis": "Paralysis of a leg",
        "age70": "Age 70 or older",
        "age60": "Age over 60",
        "heart_resp_failure": "Heart or respiratory failure",
        "mi_stroke": "Acute myocardial infarction or stroke",
        "acute_infection": "Acute infection or rheumatological disorder",
        "obesity": "BMI 30 or more",
        "hormonal": "Hormonal treatment",
        "icu": "Stay in intensive or coronary care",
    }
)


def word(item: str) -> str:
    """Name an item as a form does."""
    return _WORDS[item]


def morse(answers: Mapping[str, str], cuts: Cuts = MORSE_CUTS) -> Assessment:
    """Assess the risk of falling, 0 to 125; all six questions need an answer."""
    _complete(answers, MORSE)
    for item, answer in answers.items():
        if answer not in MORSE[item]:
            raise NotAllowed(f"{word(item)} cannot be {answer}.", "risk.answer")
    return _sum({item: MORSE[item][answers[item]] for item in MORSE}, cuts)


def braden(subscales: Mapping[str, int], cuts: Cuts = BRADEN_CUTS) -> Assessment:
    """Assess the risk of pressure damage, 6 to 23; the lower the total, the higher the risk."""
    _complete(subscales, BRADEN)
    for item, value in subscales.items():
        if not 1 <= value <= BRADEN[item]:
            raise NotAllowed(f"{word(item)} is 1 to {BRADEN[item]}.", "risk.answer")
    return _sum({item: subscales[item] for item in BRADEN}, cuts)


def waterlow_band(total: int, cuts: Cuts = WATERLOW_CUTS) -> str:
    """Return the band of a total that was counted on the site's own card."""
    if not 1 <= total <= _WATERLOW_MOST:
        raise NotAllowed(f"A Waterlow total is 1 to {_WATERLOW_MOST}.", "risk.total")
    return cuts.band(total)


def padua(factors: Collection[str], cuts: Cuts = PADUA_CUTS) -> Assessment:
    """Assess the risk of a clot in a medical inpatient, 0 to 20."""
    return _factors(factors, PADUA, cuts)


def improve_vte(factors: Collection[str], cuts: Cuts = IMPROVE_VTE_CUTS) -> Assessment:
    """Assess the risk of a clot in a medical inpatient, 0 to 12."""
    return _factors(factors, IMPROVE_VTE, cuts)


def _complete(given: Collection[str], items: Collection[str]) -> None:
    missing = [word(item) for item in items if item not in given]
    if missing:
        raise NotAllowed(f"Still needed: {', '.join(missing)}.", "risk.incomplete")
    _known(given, items)


def _known(given: Collection[str], items: Collection[str]) -> None:
    strange = sorted(set(given) - set(items))
    if strange:
        raise NotAllowed(f"This tool does not ask about {', '.join(strange)}.", "risk.item")


def _factors(given: Collection[str], weights: Mapping[str, int], cuts: Cuts) -> Assessment:
    _known(given, weights)
    return _sum({item: points for item, points in weights.items() if item in given}, cuts)


def _sum(points: dict[str, int], cuts: Cuts) -> Assessment:
    total = sum(points.values())
    return Assessment(MappingProxyType(points), total, cuts.band(total))
