"""FHIR: reading R4 resources from files and turning them into facts Ward can take."""
