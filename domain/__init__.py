"""Domain: the rules of the hospital, in the standard library alone."""
