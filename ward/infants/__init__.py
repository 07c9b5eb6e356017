"""Infants: which infant belongs to which mother, as both charts and the board show it."""
