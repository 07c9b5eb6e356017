"""Admin: what those who run the house look after."""
