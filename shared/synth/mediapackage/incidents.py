"""What goes wrong in a sample on purpose: each where and when it can be told from the order alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shared.synth.mediapackage.channels import INPUTS, RENDITIONS, SEGMENT_S, Channel, channels_of
from shared.synth.mediapackage.report import Gap, Silence, Skew, Wave
from shared.synth.mediapackage.spec import MediaPackageSpec
from shared.synth.slices import seconds_since_1970

_GAP_SEGMENTS = 5
_SILENCE = timedelta(minutes=10)
_WAVE = timedelta(minutes=10)


@dataclass(frozen=True)
class Incidents:
    """A gap in the first channel, an input of the second falls silent, the inputs of one are skewed, and a wave."""

    gap: Gap
    silence: Silence
    skews: tuple[Skew, ...]
    wave: Wave


def incidents(spec: MediaPackageSpec) -> Incidents:
    """The incidents of a sample."""
    channels = channels_of(spec)
    first, second = channels[:2]
    third, half, two_thirds = (spec.first_hour + timedelta(hours=spec.hours) * part / 6 for part in (2, 3, 4))
    missing = first.number(seconds_since_1970(third))
    return Incidents(
        gap=Gap(first.id, INPUTS[1], RENDITIONS[1], missing, _GAP_SEGMENTS),
        silence=Silence(second.id, INPUTS[0], half, half + _SILENCE),
        skews=tuple(Skew(channel.id, INPUTS[1], channel.skew_s) for channel in channels if _is_skewed(channel)),
        wave=Wave(two_thirds, two_thirds + _WAVE),
    )


def _is_skewed(channel: Channel) -> bool:
    return channel.skew_s > SEGMENT_S / 4
