"""Ward: real-time hospital software."""

__version__ = "0.1.0"
