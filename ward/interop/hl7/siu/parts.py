"""Parts: the segments of an appointment, and where each says when (2.5.1, chapter 10)."""

SCHEDULING = "SIU"  # MSH-9.1
GONE = "D"  # table 0206: taken out of the appointment

#: Of each resource: the fields of its start, its duration and the units of that.
RESOURCES = {"AIS": (4, 7, 8), "AIG": (8, 11, 12), "AIL": (6, 9, 10), "AIP": (6, 9, 10)}
