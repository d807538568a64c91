"""References into values: the resolver, and one file per source."""
