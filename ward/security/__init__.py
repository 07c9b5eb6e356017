"""Security: sessions, policies, passwords and headers."""
