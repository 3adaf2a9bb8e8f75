"""Raw objects: finding the new ones, and opening them whatever they are wrapped in."""

from shared.raw.discover import discover
from shared.raw.open_object import open_object
from shared.raw.pieces import CutLine, Damage, Limits, ParquetPiece, TextPiece

__all__ = ["CutLine", "Damage", "Limits", "ParquetPiece", "TextPiece", "discover", "open_object"]
