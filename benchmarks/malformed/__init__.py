"""Contenders on malformed lines, held against the truth of the generator instead of each other."""

from benchmarks.malformed.run import against_truth

__all__ = ["against_truth"]
