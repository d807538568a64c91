"""The story of each command, top to bottom: files, spec, references, live read, diff, plan, apply, report.

A file for what goes together, so that a command imports what it needs and no more.
"""
