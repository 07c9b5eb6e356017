"""Reconciliation: what a patient takes at home, and what becomes of each medicine."""
