"""Outbound: messages to other systems: written with the fact they tell, sent until acknowledged.

In order of use: `told` hears a fact, `ras` writes its message, `lines` keeps it, `sender` sends it,
`replies` reads what came back, `decide` is what a person makes of one that was refused.
"""
