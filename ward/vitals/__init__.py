"""Vitals: what is measured at the bedside, what it scores, and when it is due again."""
