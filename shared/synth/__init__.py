"""Realistic raw logs, equal for equal seeds, with the truth about them: to try, test and time the lake."""

from shared.synth.cloudfront.spec import MIXED, V1_ONLY, RawFormat, SampleSpec
from shared.synth.cloudfront.write import write_cloudfront, write_late
from shared.synth.report import SampleReport

__all__ = ["MIXED", "V1_ONLY", "RawFormat", "SampleReport", "SampleSpec", "write_cloudfront", "write_late"]
