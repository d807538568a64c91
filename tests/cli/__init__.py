"""The command line as programs, without a server."""
