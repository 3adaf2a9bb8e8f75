"""What lies beside the logs in a real bucket: broken objects, logs of other families, an empty object, a marker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from shared.reasons import BadReason
from shared.synth.cloudfront.content import broken_object_text
from shared.synth.cloudfront.plan import PlannedObject
from shared.synth.cloudfront.requests import Distribution
from shared.synth.cloudfront.spec import SampleSpec
from shared.synth.objects import SpecialObject, gzip_member, with_wrong_checksum
from shared.synth.report import SampleReport

_RTMP = (
    "#Version: 1.0\n#Fields: date time x-edge-location c-ip x-event sc-bytes x-cf-status x-cf-client-id cs-uri-stem "
    "cs-uri-query c-referrer x-page-url\u200b c-user-agent x-sname x-sname-query x-file-ext x-sid\n"
    "2019-05-01\t10:00:00\tFRA2\t198.18.0.10\tconnect\t2014\tOK\tEXAMPLE==\trtmp://stream.example.com/cfx/st\t-\t-\t-"
    "\tWIN%2011\t-\t-\t-\t-\n"
    "2019-05-01\t10:00:07\tFRA2\t198.18.0.10\tplay\t9014\tOK\tEXAMPLE==\trtmp://stream.example.com/cfx/st\t-\t-\t-"
    "\tWIN%2011\tclip\t-\tflv\t1\n"
)
_CONNECTION = (
    '{"eventTimestamp":"%d","connectionId":"connection-%d","connectionStatus":"Success","clientIp":"198.18.0.10",'
    '"clientPort":"50443","serverIp":"203.0.113.80","distributionId":"%s","tlsProtocol":"TLSv1.3",'
    '"tlsCipher":"TLS_AES_128_GCM_SHA256","tlsHandshakeDuration":"11","tlsSni":"www.example.com"}\n'
)


def special_objects(spec: SampleSpec, planned: PlannedObject) -> Iterator[SpecialObject[SampleReport]]:
    """Objects that give no row; the broken ones are like `planned`, but hold rows of their own."""
    whole = gzip_member(broken_object_text(spec, planned))
    prefix = f"{spec.prefix}/".lstrip("/")
    hour = spec.first_hour + timedelta(hours=spec.hours - 1)
    distribution = Distribution.number(0).id
    name = f"{prefix}{distribution}.{hour:%Y-%m-%d-%H}"

    def counted(data: bytes, records: int = 0, reason: BadReason | None = None, **ignored: int) -> SampleReport:
        return SampleReport(
            records=records or bool(reason),
            quarantined={reason.value: records or 1} if reason else {},
            ignored=ignored,
            objects=1,
            bytes_written=len(data),
        )

    cut = whole[: len(whole) * 3 // 5]
    yield SpecialObject(f"{name}.0badcafe.gz", cut, counted(cut, reason=BadReason.TRUNCATED_GZIP))
    wrong = with_wrong_checksum(whole)
    yield SpecialObject(f"{name}.0badc0de.gz", wrong, counted(wrong, reason=BadReason.CORRUPT_GZIP))
    rtmp = gzip_member(_RTMP.encode())
    yield SpecialObject(f"{name}.0000f1a5.gz", rtmp, counted(rtmp, 2, BadReason.UNSUPPORTED_DATASET, header=2))
    connections = gzip_member(b"".join(_connection(spec, place) for place in range(3)))
    yield SpecialObject(f"{name}.0000c0c0.gz", connections, counted(connections, 3, BadReason.WRONG_FAMILY))
    yield SpecialObject(f"{name}.00000000.gz", b"", counted(b""))
    yield SpecialObject(f"{prefix}_SUCCESS", b"", SampleReport())


def _connection(spec: SampleSpec, place: int) -> bytes:
    milliseconds = (spec.first_hour.toordinal() - 719_163) * 86_400_000 + place
    return (_CONNECTION % (milliseconds, place, Distribution.number(0).id)).encode()
