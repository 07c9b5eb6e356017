"""Beside: which observation a nurse looks at before a medicine; shown, never a limit.

Our own list by the class of a medicine, for orientation; it holds no number.
"""

from domain.display import time_of
from domain.formulary import Drug
from ward.medications.held import Held
from ward.vitals import queries, words
from ward.vitals.queries import SetView
from ward.work import Work

_HEART = ("bp", "pulse")
_BREATH = ("resp_rate", "spo2")
_SUGAR = ("glucose_cap_mmol",)
_BY_CLASS = {
    "beta blocker": _HEART,
    "calcium channel": _HEART,
    "cardiac glycoside": _HEART,
    "antiarrhythmic": _HEART,
    "ACE inhibitor": _HEART,
    "angiotensin": _HEART,
    "diuretic": _HEART,
    "thiazide": _HEART,
    "nitrate": _HEART,
    "vaso": _HEART,
    "inotrope": _HEART,
    "opioid": _BREATH,
    "benzodiazepine": _BREATH,
    "anaesthetic": _BREATH,
    "gabapentinoid": _BREATH,
    "beta-2 agonist": _BREATH,
    "bronchodilator": _BREATH,
    "insulin": _SUGAR,
    "sulfonylurea": _SUGAR,
    "biguanide": _SUGAR,
    "SGLT2": _SUGAR,
    "DPP-4": _SUGAR,
    "hyperglycaemic": _SUGAR,
    "analgesic": ("pain", "temp"),
    "NSAID": ("pain", "temp"),
}
_LABELS = {
    "bp": "Blood pressure",
    "pulse": "Pulse",
    "resp_rate": "Respirations",
    "spo2": "SpO2",
    "glucose_cap_mmol": "Glucose",
    "pain": "Pain",
    "temp": "Temperature",
}
_UNITS = {"pulse": "per min", "resp_rate": "per min", "spo2": "%", "temp": "°C",
          "glucose_cap_mmol": "mmol/L", "pain": "of 10", "bp": "mmHg"}  # fmt: skip


async def related(work: Work, held: Held, drug: Drug) -> list[tuple[str, str]]:
    """List the last observations that belong to a medicine, each with its time."""
    wanted = list(dict.fromkeys(key for part, keys in _BY_CLASS.items()
                                if part in drug.drug_class for key in keys))  # fmt: skip
    if not wanted or not work.may(queries.VIEW):
        return []
    last = (await queries.bedside(work, held.patient.id)).last
    if last is None:
        return [(_LABELS[key], "Not recorded") for key in wanted]
    at = time_of(last.taken_at, held.zone)
    return [(_LABELS[key], _said(key, last, at)) for key in wanted]


def _said(key: str, last: SetView, at: str) -> str:
    text = words.cell(key, last).text
    return f"{text} {_UNITS[key]} at {at}" if text else "Not recorded"
