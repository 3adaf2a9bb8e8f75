"""Answers that the services give where they do nothing, or only some of what they were asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import cycle
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tests.wire.faults import Fault
from tests.wire.message import Answer, Request

_XML = [("Content-Type", "application/xml")]
_JSON = [("Content-Type", "application/x-amz-json-1.1")]
_STATUSES = {
    Fault.SLOW_DOWN: 503,
    Fault.INTERNAL_ERROR: 500,
    Fault.CONFLICT: 409,
    Fault.FORBIDDEN: 403,
    Fault.THROTTLED: 400,
    Fault.INTERNAL_SERVICE: 500,
    Fault.CONCURRENT: 400,
}
# Batches: where the request lists its items, the values of an item, and where an error names them.
_BATCHES: dict[str, tuple[str, Callable[[Any], list[str]], str]] = {
    "BatchCreatePartition": ("PartitionInputList", lambda item: list(item["Values"]), "PartitionValues"),
    "BatchUpdatePartition": ("Entries", lambda item: list(item["PartitionValueList"]), "PartitionValueList"),
    "BatchDeletePartition": ("PartitionsToDelete", lambda item: list(item["Values"]), "PartitionValues"),
}
_ITEM_ERRORS = cycle(["ThrottlingException", "InternalServiceException", "ConcurrentModificationException"])


def refusal(fault: Fault, request: Request) -> Answer | None:
    """The service's answer to a request of which it does nothing; None where the fault is another."""
    if fault is Fault.DELETES_FAIL:
        return _no_key_deleted(request)
    if fault not in _STATUSES:
        return None
    status, code = _STATUSES[fault], fault.value.rpartition(" ")[2]
    if status == 400 or fault is Fault.INTERNAL_SERVICE:
        return Answer(status, _JSON, json.dumps({"__type": code, "message": "injected"}).encode())
    body = (
        b"" if request.method == "HEAD" else f"<Error><Code>{code}</Code><Message>injected</Message></Error>".encode()
    )
    return Answer(status, _XML, body)


def _no_key_deleted(request: Request) -> Answer:
    keys = [item.text or "" for item in ElementTree.fromstring(request.body).iter() if item.tag.endswith("Key")]
    told = "<Code>InternalError</Code><Message>injected</Message>"
    errors = "".join(f"<Error><Key>{escape(key)}</Key>{told}</Error>" for key in keys)
    return Answer(200, _XML, f"<DeleteResult>{errors}</DeleteResult>".encode())


def partly(fault: Fault, request: Request, forward: Callable[[Request], Answer]) -> Answer | None:
    """Let the service do every other item of a batch, and answer that the rest failed; None where that is no batch."""
    asked = json.loads(request.body) if fault in (Fault.SOME_FAIL, Fault.UNPROCESSED) else {}
    if fault is Fault.UNPROCESSED and "PartitionsToGet" in asked:
        keys = asked["PartitionsToGet"]
        answer, found = _half(request, asked, "PartitionsToGet", forward)
        return _with(answer, found | {"UnprocessedKeys": keys[::2]})
    if fault is Fault.SOME_FAIL and request.kind in _BATCHES:
        items, values_of, name = _BATCHES[request.kind]
        failed = [
            {name: values_of(item), "ErrorDetail": {"ErrorCode": next(_ITEM_ERRORS), "ErrorMessage": "injected"}}
            for item in asked[items][::2]
        ]
        answer, found = _half(request, asked, items, forward)
        return _with(answer, found | {"Errors": [*(found.get("Errors") or ()), *failed]})
    return None


def _half(
    request: Request, asked: dict[str, Any], items: str, forward: Callable[[Request], Answer]
) -> tuple[Answer, dict[str, Any]]:
    rest = asked[items][1::2]
    if not rest:
        return Answer(200, _JSON, b"{}"), {}
    answer = forward(
        Request(request.method, request.target, request.headers, json.dumps(asked | {items: rest}).encode())
    )
    return answer, json.loads(answer.body)


def _with(answer: Answer, found: dict[str, Any]) -> Answer:
    # An answer that is an error itself stays as it is.
    return Answer(200, _JSON, json.dumps(found).encode()) if answer.status == 200 else answer
