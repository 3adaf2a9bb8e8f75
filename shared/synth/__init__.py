"""Realistic raw logs, equal for equal seeds, with the truth about them: to try, test and time the lake."""

from shared.synth.cloudfront.spec import MIXED, V1_ONLY, RawFormat, SampleSpec
from shared.synth.cloudfront.write import write_cloudfront, write_late
from shared.synth.mediapackage.report import MediaPackageReport
from shared.synth.mediapackage.spec import MediaPackageSpec
from shared.synth.mediapackage.write import write_late_mediapackage, write_mediapackage
from shared.synth.report import SampleReport

__all__ = [
    "MIXED",
    "V1_ONLY",
    "MediaPackageReport",
    "MediaPackageSpec",
    "RawFormat",
    "SampleReport",
    "SampleSpec",
    "write_cloudfront",
    "write_late",
    "write_late_mediapackage",
    "write_mediapackage",
]
