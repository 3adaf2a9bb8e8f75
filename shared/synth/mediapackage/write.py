"""Writing a sample into a folder: the first delivery, and the late one of the day after."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from shared.synth.mediapackage.channels import Version
from shared.synth.mediapackage.content import Piece, first_delivery, late_delivery
from shared.synth.mediapackage.incidents import incidents
from shared.synth.mediapackage.plan import PlannedObject, object_key, plan_objects
from shared.synth.mediapackage.report import MediaPackageReport
from shared.synth.mediapackage.requests import Direction
from shared.synth.mediapackage.size import egress_rows
from shared.synth.mediapackage.spec import MediaPackageSpec
from shared.synth.mediapackage.special import special_objects
from shared.synth.objects import GZIP_LEVEL, Progress, for_each, gzip_member, store

_LATE_EVERY = 3  # every third object of egress gets a late one
_AGAIN_EVERY = 10  # every tenth of all is delivered again as a whole
_DAY = timedelta(days=1)


def write_mediapackage(out: Path, spec: MediaPackageSpec, *, progress: Progress | None = None) -> MediaPackageReport:
    """Write the objects of a sample below `out` and return the truth about them.

    Firehose's are below `egress/` and `ingress/`, vended logs below `AWSLogs/`, an export below `exportedlogs/`.
    `progress` is called with the number of records written since its last call. Modification times are those of a
    plausible delivery, so that they, too, are the same for the same spec.
    """
    planned = plan_objects(spec, egress_rows(spec))
    wrong = incidents(spec)
    nothing = MediaPackageReport(gaps=(wrong.gap,), silences=(wrong.silence,), skews=wrong.skews, waves=(wrong.wave,))
    report = for_each(
        partial(_write_first, out, spec), planned, nothing=nothing, processes=spec.processes, progress=progress
    )
    if spec.special:
        for special in special_objects(spec, planned):
            store(out, special.key, special.data, spec.first_hour + timedelta(hours=spec.hours, minutes=20))
            report += special.report
    return report


def write_late_mediapackage(
    out: Path, spec: MediaPackageSpec, *, progress: Progress | None = None
) -> MediaPackageReport:
    """Write what arrives a day later for the hours of `spec`: late egress rows, repeated ones, whole objects again.

    The report is of this delivery alone, on top of the first: add the two for the state of the lake after both.
    """
    planned = plan_objects(spec, egress_rows(spec))
    egress = [one for one in planned if one.stream.direction is Direction.EGRESS]
    each = partial(for_each, nothing=MediaPackageReport(), processes=spec.processes, progress=progress)
    late: MediaPackageReport = each(partial(_write_late, out, spec), egress[::_LATE_EVERY])
    again: MediaPackageReport = each(partial(_write_again, out, spec), planned[1::_AGAIN_EVERY])
    return late + again


def _write_first(out: Path, spec: MediaPackageSpec, planned: PlannedObject) -> MediaPackageReport:
    data, report = _packed(planned, first_delivery(spec, planned))
    total = report
    for delivery in range(planned.copies + 1):
        store(out, planned.key(spec, delivery), data, planned.delivered(spec, delivery))
        if delivery:
            total += report.as_repeated()
    return total


def _write_late(out: Path, spec: MediaPackageSpec, planned: PlannedObject) -> MediaPackageReport:
    data, report = _packed(planned, late_delivery(spec, planned))
    store(out, object_key(spec, planned, "late", planned.arrived(spec) + _DAY), data, planned.delivered(spec) + _DAY)
    return report


def _write_again(out: Path, spec: MediaPackageSpec, planned: PlannedObject) -> MediaPackageReport:
    data, report = _packed(planned, first_delivery(spec, planned))
    store(out, object_key(spec, planned, "again", planned.arrived(spec) + _DAY), data, planned.delivered(spec) + _DAY)
    return report.as_repeated()


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
