"""Simulator: patients come, move and go in the demo hospital, so that its boards move."""
