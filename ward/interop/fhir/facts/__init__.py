"""Facts: what FHIR resources say, in the words of Ward.

One fact for each resource that Ward imports. A fact knows neither files nor JSON nor the database:
it points to other resources by their source key, which the importer looks up. Printing a fact
shows no content.
"""

from ward.interop.fhir.facts.allergy import Allergy
from ward.interop.fhir.facts.condition import Condition
from ward.interop.fhir.facts.person import Person
from ward.interop.fhir.facts.places import Organization, Place
from ward.interop.fhir.facts.staff import Engagement, Practitioner

__all__ = [
    "Allergy",
    "Condition",
    "Engagement",
    "Fact",
    "Organization",
    "Person",
    "Place",
    "Practitioner",
]

Fact = Person | Allergy | Condition | Practitioner | Engagement | Organization | Place
