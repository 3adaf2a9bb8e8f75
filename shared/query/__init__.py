"""SQL over a lake on this machine."""
