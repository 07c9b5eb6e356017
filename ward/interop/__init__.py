"""Borders: the protocols by which other systems call the same commands as the pages do."""
