"""Beds: every bed of a ward, what state it is in, and the board that shows them."""
