"""Keys: where the root key lies, the keys it wraps, and how they are replaced."""
