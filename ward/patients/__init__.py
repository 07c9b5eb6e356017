"""Patients: who is under care, found and told apart."""
