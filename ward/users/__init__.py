"""Users: sign in, sign out, and who holds which role."""
