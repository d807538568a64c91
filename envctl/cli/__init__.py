"""The command line: options in, requests to the workflow, reports out."""
