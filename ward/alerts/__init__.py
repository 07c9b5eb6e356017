"""Alerts: what somebody must look at now, and who has taken it."""
