"""Summaries: what a stay was, in one signed document for whoever treats the patient next."""
