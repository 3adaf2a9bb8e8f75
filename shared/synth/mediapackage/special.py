"""What lies beside the logs in a real bucket: damaged objects, an export of what was delivered already, its probe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from shared.reasons import BadReason
from shared.synth.mediapackage.channels import Version
from shared.synth.mediapackage.drawn import RandomStream, drawn_from, first_drawn
from shared.synth.mediapackage.envelopes import EVENTS_PER_ENVELOPE, export_lines, in_first_stream, log_stream
from shared.synth.mediapackage.plan import PlannedObject
from shared.synth.mediapackage.render import records
from shared.synth.mediapackage.report import MediaPackageReport
from shared.synth.mediapackage.requests import Direction
from shared.synth.mediapackage.spec import MediaPackageSpec
from shared.synth.objects import SpecialObject, gzip_member, unique_id, with_wrong_checksum

_PROBE = b"Permission Check Successful"
Special = SpecialObject[MediaPackageReport]


def special_objects(spec: MediaPackageSpec, planned: list[PlannedObject]) -> Iterator[Special]:
    """Damaged objects of the last minutes, with rows that no other object has, and an export of the first."""
    egress = [one for one in planned if one.stream.direction is Direction.EGRESS]
    of_v1 = [one for one in egress if one.stream.version is Version.V1]
    of_v2 = [one for one in egress if one.stream.version is Version.V2]
    if of_v1:
        yield _damaged_member(spec, of_v1[-1])
        yield from _export(spec, of_v1[0])
    if of_v2:
        yield _cut(spec, of_v2[-1])
    ingress = next(one for one in planned if one.stream.direction is Direction.INGRESS)
    empty = ingress.place(spec, "empty")[0]
    yield Special(empty, b"", MediaPackageReport(objects=1))


def _damaged_member(spec: MediaPackageSpec, planned: PlannedObject) -> Special:
    """An object of three envelopes of which the second is damaged: the rows of the others count."""
    drawn = drawn_from(spec, planned, 0, RandomStream.SPECIAL, count=2 * EVENTS_PER_ENVELOPE + 20)
    first, second, third = (gzip_member(text) for text in drawn.members())
    data = first + with_wrong_checksum(second) + third
    sound = np.flatnonzero(np.arange(len(drawn.requests)) // EVENTS_PER_ENVELOPE != 1)
    key = planned.place(spec, "damaged member")[0]
    return Special(key, data, _counted(drawn.report(sound), data, BadReason.CORRUPT_GZIP))


def _cut(spec: MediaPackageSpec, planned: PlannedObject) -> Special:
    """An object that ends in the middle: none of its rows counts."""
    drawn = drawn_from(spec, planned, 0, RandomStream.SPECIAL, count=EVENTS_PER_ENVELOPE)
    whole = gzip_member(b"".join(drawn.members()))
    data = whole[: len(whole) * 3 // 5]
    key = planned.place(spec, "cut")[0]
    return Special(key, data, _counted(MediaPackageReport(), data, BadReason.TRUNCATED_GZIP))


def _export(spec: MediaPackageSpec, planned: PlannedObject) -> Iterator[Special]:
    """A task that exported one log stream: its events came through the subscription, too, with ids."""
    drawn = first_drawn(spec, planned, 0)
    places = np.intersect1d(in_first_stream(len(drawn.requests)), drawn.undamaged)
    lines = records(planned.stream.layout, drawn.requests).take(places)
    data = gzip_member(export_lines(drawn.requests.at_us[places], lines))
    task = unique_id(spec.seed, "export", 0, digits=32)
    key = f"exportedlogs/{task}/{log_stream(planned.stream.direction, 0)}/000000.gz"
    repeated = drawn.report(places).as_repeated()
    yield Special(key, data, replace(repeated, objects=1, bytes_written=len(data)))
    # Passed over by its name.
    yield Special("exportedlogs/aws-logs-write-test", _PROBE, MediaPackageReport())


def _counted(rows: MediaPackageReport, data: bytes, reason: BadReason) -> MediaPackageReport:
    """The report on a damaged object of which these rows can be read."""
    quarantined = {reason.value: 1}
    return replace(rows, records=rows.records + 1, quarantined=quarantined, objects=1, bytes_written=len(data))
