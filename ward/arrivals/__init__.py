"""Arrivals: who has come to a clinic, who waits, who is called where."""
