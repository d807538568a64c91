"""The fast ring: no server, no network."""
