"""Audit: the trail sealed, searched and judged."""
