"""Dev: what a workstation needs that a hospital brings itself (servers, cast, simulator)."""
