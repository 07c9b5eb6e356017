"""Labs: what is ordered from the laboratory, what comes back, and who has seen it."""
