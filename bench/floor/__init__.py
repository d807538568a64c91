"""Bare programs: what the work costs at least, and what it costs one request at a time."""
