"""Prescriptions: papers for a pharmacy outside, each worth one dispensing."""
