"""Tasks: what is to be done for whom, by whom, until when."""
