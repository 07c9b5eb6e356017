"""Duty: who is on duty where, and which nurse has which bed."""
