"""Portal: what patients see and do themselves, of their own record and of nothing else."""
