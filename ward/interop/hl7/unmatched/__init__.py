"""Unmatched: results that fit no patient: held whole until the laboratory decides whose they are.

In order of use: `waiting` puts a message into the queue, `decide` is what a person makes of it,
`queries` and `live` show it. Nothing leaves by itself.
"""
