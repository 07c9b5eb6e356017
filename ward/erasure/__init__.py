"""Erasure: records whose key two people destroy, so that nobody can read them again."""
