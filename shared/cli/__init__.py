"""The command `loglake`."""
