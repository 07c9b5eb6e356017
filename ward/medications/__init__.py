"""Medications: what is prescribed, what is due, and what was given."""
