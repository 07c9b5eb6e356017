"""FHIR: an event as an AuditEvent after IHE BALP (Basic Audit Log Patterns)."""

from typing import Any

from ward.trail import Action, AuditEvent

_BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit"
_RESTFUL = "http://hl7.org/fhir/restful-interaction"
_TYPES = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_ROLES = "http://terminology.hl7.org/CodeSystem/object-role"
_KINDS = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_OWN = "urn:ward:audit"
_BREAK_GLASS = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
            "code": "BTG",
            "display": "break the glass",
        }
    ]
}
_DONE = {
    Action.CREATE: ("create", "Create"),
    Action.READ: ("read", "Read"),
    Action.UPDATE: ("update", "Update"),
    Action.DELETE: ("delete", "Delete"),
    Action.EXECUTE: ("search", "Query"),
}


def resource(row: AuditEvent) -> dict[str, Any]:
    """Write one event; the patient pattern of BALP where it is about patients."""
    interaction, pattern = _DONE[row.action]
    prefix = "Patient" if row.patients else ""
    return {
        "resourceType": "AuditEvent",
        "id": str(row.id),
        "meta": {"profile": [f"{_BALP}.{prefix}{pattern}"]},
        "type": {"system": _TYPES, "code": "rest", "display": "RESTful Operation"},
        "subtype": [
            {"system": _RESTFUL, "code": interaction, "display": interaction},
            {"system": f"{_OWN}/code", "code": row.code},
        ],
        "action": row.action.value,
        "recorded": row.at.isoformat(),
        "outcome": row.outcome.value,
        **({"purposeOfEvent": [_BREAK_GLASS]} if row.break_glass else {}),
        "agent": _agents(row),
        "source": {
            "site": "Ward",
            "observer": {"display": "Ward"},
            "type": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/security-source-type",
                    "code": "4",
                    "display": "Application Server",
                }
            ],
        },
        "entity": _entities(row),
    }


def _agents(row: AuditEvent) -> list[dict[str, Any]]:
    server = {
        "type": _coded(_DICOM, "110152", "Destination Role ID"),
        "who": {"display": "Ward"},
        "requestor": False,
    }
    person = row.actor_kind == "person"
    who: dict[str, Any] = {"display": row.actor_name}
    if row.actor_id:
        kind = "Practitioner" if person else "Device"
        who |= {"type": kind, "identifier": {"system": f"{_OWN}/actor", "value": str(row.actor_id)}}
    actor: dict[str, Any] = {
        "type": _coded(_PARTICIPATION, "IRCP", "information recipient")
        if person
        else _coded(_DICOM, "110153", "Source Role ID"),
        "who": who,
        "requestor": True,
        "role": [{"coding": [{"system": f"{_OWN}/role", "code": row.actor_name}]}],
    }
    if row.ip:
        actor["network"] = {"address": row.ip, "type": "2"}
    if row.relation:
        actor["policy"] = [f"{_OWN}/relation/{row.relation}"]
    return [actor, server]


def _coded(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _entities(row: AuditEvent) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "what": {"reference": f"Patient/{one}"},
            "type": {"system": _KINDS, "code": "1", "display": "Person"},
            "role": {"system": _ROLES, "code": "1", "display": "Patient"},
        }
        for one in row.patients
    ]
    if row.resource:
        found.append(
            {
                "what": {
                    "identifier": {
                        "system": f"{_OWN}/{row.resource}",
                        "value": str(row.resource_id or row.resource),
                    }
                },
                "type": {"system": _KINDS, "code": "2", "display": "System Object"},
                "role": {"system": _ROLES, "code": "4", "display": "Domain Resource"},
            }
        )
    if row.break_glass:
        case = {"system": f"{_OWN}/break-glass", "value": str(row.break_glass)}
        found.append({"what": {"identifier": case}})
    if row.request_id:
        found.append(
            {
                "what": {"identifier": {"system": f"{_OWN}/request", "value": str(row.request_id)}},
                "type": {
                    "system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType",
                    "code": "XrequestId",
                },
            }
        )
    return found
