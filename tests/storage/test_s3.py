"""What only S3 has: requests, retries, pages, its errors."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError

from shared.errors import StorageError, UsageError
from shared.storage import ObjectGoneError, ObjectUnavailableError, aws, aws_retries
from shared.storage import s3 as s3_module
from shared.storage.s3 import S3Store


@pytest.fixture
def store(s3_bucket: str) -> S3Store:
    return S3Store(f"s3://{s3_bucket}/lake")


class Calls(list[str]):
    """Names of the requests made while it listens."""

    def __init__(self, client: Any) -> None:
        super().__init__()
        client.meta.events.register("before-call.s3.*", self._note, unique_id=id(self))

    def _note(self, model: Any, **_: Any) -> None:
        self.append(model.name)


def client_error(code: str, *, retries: int = 0) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "said so"}, "ResponseMetadata": {"RetryAttempts": retries}}
    return ClientError(answer, "AnyOperation")


class FailingClient:
    """A client whose every call raises the next of some errors, or does nothing where there is None."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**_: Any) -> Any:
            raise self.errors.pop(0)

        return call


def test_a_bucket_root_is_a_store_too(s3_bucket: str) -> None:
    root = S3Store(f"s3://{s3_bucket}")
    root.write("a/b", b"1")
    assert root.url("a/b") == f"s3://{s3_bucket}/a/b"
    assert S3Store(f"s3://{s3_bucket}/a").read("b") == b"1"
    assert [entry.key for entry in root.list() if not hasattr(entry, "prefix")] == ["a/b"]


def test_listing_asks_for_a_page_only_when_it_is_read(store: S3Store) -> None:
    store.write("a", b"")
    calls = Calls(aws.client("s3"))
    listing = store.list()
    assert calls == []
    next(listing)
    assert calls == ["ListObjectsV2"]


def test_big_output_goes_up_in_parts(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_module, "ONE_REQUEST_BYTES", 6 * s3_module.MIB)
    monkeypatch.setattr(s3_module, "PART_BYTES", 5 * s3_module.MIB)
    monkeypatch.setattr(s3_module, "IN_MEMORY_BYTES", s3_module.MIB)
    data = os.urandom(11 * s3_module.MIB)
    calls = Calls(aws.client("s3"))
    with store.writer("big") as sink:
        sink.write(data)
    assert calls.count("UploadPart") == 3
    assert store.read("big") == data
    etag = store.write("big", data[::-1])
    assert calls.count("UploadPart") == 6
    info = store.head("big")
    assert info is not None
    assert info.etag == etag


def test_big_copies_go_in_parts_on_the_server(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_module, "ONE_COPY_BYTES", 6 * s3_module.MIB)
    monkeypatch.setattr(s3_module, "COPY_PART_BYTES", 5 * s3_module.MIB)
    data = os.urandom(11 * s3_module.MIB)
    store.write("big", data)
    store.write("small", b"small")
    calls = Calls(aws.client("s3"))
    store.copy("big", "big again")
    store.copy("small", "small again")
    assert calls.count("UploadPartCopy") == 3
    assert calls.count("CopyObject") == 1
    assert "GetObject" not in calls
    assert store.read("big again") == data


def test_deletes_go_by_the_thousand(store: S3Store) -> None:
    calls = Calls(aws.client("s3"))
    store.delete(f"{n}" for n in range(1001))
    assert calls == ["DeleteObjects", "DeleteObjects"]


def test_an_open_file_does_not_mix_two_versions(store: S3Store) -> None:
    store.write("a", b"first")
    with store.open_input("a") as file:
        store.write("a", b"other")
        with pytest.raises(ObjectUnavailableError, match="PreconditionFailed"):
            file.read()


def test_a_sink_closed_early_is_no_object(store: S3Store) -> None:
    def close_early() -> None:
        with store.writer("a") as sink:
            sink.write(b"lost")
            sink.close()

    with pytest.raises(StorageError, match="closed early"):
        close_early()
    assert not store.exists("a")


@pytest.mark.parametrize(
    "deed",
    [
        lambda store: list(store.list()),
        lambda store: store.read("a"),
        lambda store: store.write("a", b""),
        lambda store: store.create("a", b""),
        lambda store: store.delete(["a"]),
    ],
)
def test_a_missing_bucket_is_explained(s3_bucket: str, deed: Callable[[S3Store], object]) -> None:
    store = S3Store(f"s3://{s3_bucket}-not/lake")
    with pytest.raises(StorageError, match="NoSuchBucket") as caught:
        deed(store)
    assert type(caught.value) is StorageError
    assert f"s3://{s3_bucket}-not/lake" in caught.value.what
    assert "bucket's name" in caught.value.remedy


@pytest.mark.parametrize(
    ("error", "kind", "remedy"),
    [
        (client_error("AccessDenied"), ObjectUnavailableError, "s3:ListBucket"),
        (client_error("NoSuchKey"), ObjectGoneError, "check the URI"),
        (client_error("InvalidObjectState"), ObjectUnavailableError, "restore"),
        (client_error("SlowDown"), StorageError, "throttling"),
        (client_error("InternalError"), ObjectUnavailableError, "run again"),
        (client_error("ExpiredToken"), StorageError, "log in again"),
        (NoCredentialsError(), StorageError, "AWS_PROFILE"),
        (EndpointConnectionError(endpoint_url="http://example.com"), StorageError, "network"),
    ],
)
def test_failures_say_what_to_do(
    monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[StorageError], remedy: str
) -> None:
    monkeypatch.setattr(aws, "client", lambda *_, **__: FailingClient(error))
    with pytest.raises(StorageError) as caught:
        S3Store("s3://example-logs/cdn").read("a.gz")
    assert type(caught.value) is kind
    assert "s3://example-logs/cdn/a.gz" in caught.value.what
    assert remedy in caught.value.remedy


def test_a_conflict_of_conditional_writes_is_tried_again(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    real = aws.client("s3")
    failing = FailingClient(client_error("ConditionalRequestConflict"), client_error("ConditionalRequestConflict"))

    class Busy:
        def put_object(self, **request: Any) -> Any:
            return failing.put_object() if failing.errors else real.put_object(**request)

    monkeypatch.setattr(aws, "client", lambda *_, **__: Busy())
    monkeypatch.setattr(aws_retries, "LONGEST_PAUSE_S", 0.0)
    assert store.create("ledger/1", b"mine") is not None
    assert failing.errors == []


class Body:
    def __init__(self, *results: bytes | Exception) -> None:
        self.results = list(results)

    def read(self) -> bytes:
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    def close(self) -> None:
        """As an answer's body."""


@pytest.mark.parametrize(("breaks", "succeeds"), [(1, True), (4, True), (5, False)])
def test_a_body_that_breaks_off_is_read_again(monkeypatch: pytest.MonkeyPatch, breaks: int, succeeds: bool) -> None:
    broken = [ReadTimeoutError(endpoint_url="http://example.com")] * breaks
    body = Body(*broken, b"whole")

    class Client:
        def get_object(self, **_: Any) -> dict[str, Any]:
            return {"Body": body, "ETag": '"1"'}

    monkeypatch.setattr(aws, "client", lambda *_, **__: Client())
    monkeypatch.setattr(aws_retries, "LONGEST_PAUSE_S", 0.0)
    store = S3Store("s3://example-logs/cdn")
    if succeeds:
        assert store.read("a.gz") == b"whole"
    else:
        with pytest.raises(StorageError, match=r"a\.gz"):
            store.read("a.gz")


@pytest.mark.parametrize(("stored", "won"), [(b"mine", True), (b"theirs", False)])
def test_a_lost_answer_is_not_a_lost_race(
    store: S3Store, monkeypatch: pytest.MonkeyPatch, stored: bytes, won: bool
) -> None:
    real = aws.client("s3")
    etag = store.write("ledger/1", stored)

    class Retried:
        """S3 took the first attempt, its answer got lost, and the client's own retry met the object."""

        get_object = real.get_object

        def put_object(self, **_: Any) -> Any:
            raise client_error("PreconditionFailed", retries=1)

    monkeypatch.setattr(aws, "client", lambda *_, **__: Retried())
    assert store.create("ledger/1", b"mine") == (etag if won else None)


def test_clients_are_kept_for_each_setting(s3_bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = aws.client("s3")
    assert aws.client("s3") is first
    assert first.meta.config.s3["addressing_style"] == "path"
    assert first.meta.config.retries["total_max_attempts"] == 1, "repeats are ours"
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert aws.client("s3") is not first


def test_aws_itself_keeps_its_addressing(s3_bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    client = aws.client("s3")
    assert client.meta.endpoint_url == "https://s3.eu-central-1.amazonaws.com"
    assert "addressing_style" not in (client.meta.config.s3 or {})


def test_settings_that_do_not_suffice_are_explained(s3_bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(UsageError, match="region"):
        aws.client("glue")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "no url")
    with pytest.raises(UsageError, match="endpoint"):
        aws.client("s3")


def test_a_full_disk_under_what_waits_for_its_upload_is_told(
    s3_bucket: str, full_disk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_module, "IN_MEMORY_BYTES", 1000)
    store = S3Store(f"s3://{s3_bucket}")
    for sizes in ((full_disk + 1,), (full_disk, 1)):
        with pytest.raises(StorageError, match=f"{store.url('a')}: .*waits") as caught, store.writer("a") as sink:
            sink.writelines(map(bytes, sizes))
        assert "TMPDIR" in caught.value.remedy
    assert not store.exists("a")


def test_an_upload_that_was_never_completed_is_found_and_ended(store: S3Store) -> None:
    client, bucket = aws.client("s3"), store.uri.removeprefix("s3://").partition("/")[0]
    root = store.uri.removeprefix(f"s3://{bucket}/")
    client.create_multipart_upload(Bucket=bucket, Key=f"{root}/part-1.parquet")
    store.write("whole", b"x")
    assert list(store.unfinished(datetime(2000, 1, 1, tzinfo=UTC))) == [], "it may be at work"
    found = list(store.unfinished(datetime(2100, 1, 1, tzinfo=UTC)))
    assert [item.key.partition("?")[0] for item in found] == ["part-1.parquet"]
    for _ in range(2):
        store.delete([*(item.key for item in found)])
    assert list(store.unfinished(datetime(2100, 1, 1, tzinfo=UTC))) == []
    assert store.exists("whole")


def test_an_answer_that_no_s3_service_gives_is_no_object(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy's page, say: neither damage nor absence, and no traceback."""
    monkeypatch.setattr(aws.client("s3"), "head_object", lambda **_: {"ContentLength": 5})
    for ask in (store.head, store.open_input):
        with pytest.raises(StorageError, match="as no S3 service answers") as told:
            ask("a")
        assert not isinstance(told.value, ObjectGoneError)
