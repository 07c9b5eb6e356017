"""Admission, discharge, transfer: which patient lies in which bed, from when to when."""
