"""The log sources: each a folder with its fields (data), its parser (pure) and its README."""
