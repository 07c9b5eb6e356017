"""Realtime: the path of a change to every screen, on real stores, with a toy subject."""
