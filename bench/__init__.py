"""Bench: repeatable measurements, each printing ratios or distributions taken in one run."""
