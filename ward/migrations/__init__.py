"""Migrations: the history of the tables, one step per change."""
