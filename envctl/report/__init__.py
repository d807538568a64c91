"""Plans, outcomes and diagnostics for people (terminal) and programs (JSON). Nothing here prints."""
