"""Realistic raw logs, equal for equal seeds, with the truth about them: to try, test and time the lake."""

from shared.synth.spec import MIXED, V1_ONLY, RawFormat, SampleReport, SampleSpec
from shared.synth.write import write_cloudfront, write_late

__all__ = ["MIXED", "V1_ONLY", "RawFormat", "SampleReport", "SampleSpec", "write_cloudfront", "write_late"]
