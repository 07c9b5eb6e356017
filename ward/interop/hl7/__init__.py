"""HL7 v2: the border to registration, laboratory and scheduling systems.

In order of use: `mllp` takes frames off the wire, `wire` reads a frame into an envelope, a
message and its faults, `ack` answers it, `adt` turns an ADT message into typed facts.
"""
