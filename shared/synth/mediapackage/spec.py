"""The order form of a sample of MediaPackage logs."""

from __future__ import annotations

from dataclasses import dataclass

from shared.synth.order import SampleOrder, refuse

SLICE_S = 300
"""Seconds that an object covers: Firehose's usual buffering, and the interval of vended logs."""

SLICES_PER_HOUR = 3600 // SLICE_S


@dataclass(frozen=True)
class MediaPackageSpec(SampleOrder):
    """A sample of MediaPackage logs, v1 and v2.

    `rows` are egress requests; what encoders deliver comes on top and follows from hours and channels. `size_bytes` is
    of all text, envelopes included, and is met within some percent. `malformed_share` leaves out what encoders deliver
    as segments, so that the truth about them stands.

    channels            live channels; the first and every other one after it of v1, the rest of v2
    control_share       of the objects of v1: they hold a health probe of CloudWatch Logs
    duplicate_records   of the envelopes (v1) and lines (v2): they stand twice in their object
    """

    channels: int = 4
    control_share: float = 0.25
    duplicate_records: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.channels < 2:
            refuse("it has no channel of v2", "Give at least 2 channels: one of v1 and one of v2.")

    def _shares(self) -> tuple[float, ...]:
        return self.control_share, self.duplicate_records
