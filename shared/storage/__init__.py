"""Objects in folders and on S3 behind one interface."""

from shared.storage.base import ObjectGoneError, ObjectInfo, ObjectUnavailableError, Prefix, Store
from shared.storage.open import open_store

__all__ = ["ObjectGoneError", "ObjectInfo", "ObjectUnavailableError", "Prefix", "Store", "open_store"]
