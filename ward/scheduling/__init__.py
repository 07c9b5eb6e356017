"""Scheduling: who, which room and which machine is taken when, for whom."""
