"""Writing a sample into a folder: the first delivery, and the late one of the day after."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from shared.synth.delivery import deliver, deliver_late
from shared.synth.mediapackage.channels import Version
from shared.synth.mediapackage.content import Piece, first_delivery, late_delivery
from shared.synth.mediapackage.incidents import incidents
from shared.synth.mediapackage.plan import PlannedObject, plan_objects
from shared.synth.mediapackage.report import MediaPackageReport
from shared.synth.mediapackage.requests import Direction
from shared.synth.mediapackage.size import egress_rows
from shared.synth.mediapackage.spec import MediaPackageSpec
from shared.synth.mediapackage.special import special_objects
from shared.synth.objects import GZIP_LEVEL, Progress, gzip_member


def write_mediapackage(out: Path, spec: MediaPackageSpec, *, progress: Progress | None = None) -> MediaPackageReport:
    """Write the objects of a sample below `out` and return the truth about them.

    Firehose's are below `egress/` and `ingress/`, vended logs below `AWSLogs/`, an export below `exportedlogs/`.
    `progress` is called with the number of records written since its last call. Modification times are those of a
    plausible delivery, so that they, too, are the same for the same spec.
    """
    planned = plan_objects(spec, egress_rows(spec))
    wrong = incidents(spec)
    nothing = MediaPackageReport(gaps=(wrong.gap,), silences=(wrong.silence,), skews=wrong.skews, waves=(wrong.wave,))
    specials = special_objects(spec, planned) if spec.special else ()
    return deliver(out, spec, planned, _first, specials=specials, nothing=nothing, progress=progress)


def write_late_mediapackage(
    out: Path, spec: MediaPackageSpec, *, progress: Progress | None = None
) -> MediaPackageReport:
    """Write what arrives a day later for the hours of `spec`: late egress rows, repeated ones, whole objects again.

    The report is of this delivery alone, on top of the first: add the two for the state of the lake after both.
    """
    planned = plan_objects(spec, egress_rows(spec))
    return deliver_late(
        out,
        spec,
        planned,
        _first,
        may_be_late=[one for one in planned if one.stream.direction is Direction.EGRESS],
        pack_late=_late,
        nothing=MediaPackageReport(),
        progress=progress,
    )


def _first(spec: MediaPackageSpec, planned: PlannedObject) -> tuple[bytes, MediaPackageReport]:
    return _packed(planned, first_delivery(spec, planned))


def _late(spec: MediaPackageSpec, planned: PlannedObject) -> tuple[bytes, MediaPackageReport]:
    return _packed(planned, late_delivery(spec, planned))


def _packed(planned: PlannedObject, pieces: Iterable[Piece]) -> tuple[bytes, MediaPackageReport]:
    """The bytes of an object, and the report on it: a gzip member for each envelope (v1), or one for all (v2)."""
    is_joined = planned.stream.version is Version.V2
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31)
    parts: list[bytes] = []
    size, report = 0, MediaPackageReport()
    for piece in pieces:
        for text in piece.members:
            parts.append(packer.compress(text) if is_joined else gzip_member(text))
            size += len(text)
        report += piece.report
    if is_joined:
        parts.append(packer.flush())
    data = b"".join(parts)
    return data, replace(report, objects=1, bytes_written=len(data), bytes_uncompressed=size)
