"""Flags: standing warnings about a patient, and whether to resuscitate."""
