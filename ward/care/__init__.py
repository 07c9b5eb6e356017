"""Care: a ward by patients and hours: what is to be given and done, and when."""
