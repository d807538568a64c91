"""The logins: one file for each way to have the server know who is there."""
