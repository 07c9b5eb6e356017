"""SIU: appointments that another system books, moves and cancels.

What is done with each is decided by the commands of scheduling; what they refuse, a person sees.
"""
