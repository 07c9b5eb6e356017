"""Reminders: what patients are told of their appointments, once each."""
