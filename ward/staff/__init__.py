"""Staff: practitioners and their organisations."""
