"""Enrichment: who the client is, where it is, and what of it may be kept. Pure functions over Arrow columns."""

from shared.enrich.pipeline import Enricher
from shared.enrich.settings import EnrichSettings

__all__ = ["EnrichSettings", "Enricher"]
