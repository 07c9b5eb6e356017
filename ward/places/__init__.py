"""Places: branches, wards and rooms."""
