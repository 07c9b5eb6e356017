"""House: the places of the hospital as whoever runs it keeps them, and its wallboards."""
