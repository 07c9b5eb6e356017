"""Realtime: topics, outbox, bus, hub and socket; knows no medicine."""
