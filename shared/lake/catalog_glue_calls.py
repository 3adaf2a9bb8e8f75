"""Calls of the Glue API for one database: repeated within bounds, split into batches, errors told by what they concern.

The client repeats what fails for want of throughput or of a connection (`shared.storage.aws_retries`). What it takes
for final is repeated here: calls that another writer got in the way of, and the items of a batch of which the answer
says that they were not done (such a call succeeds).

Limits as of the Glue API reference: 100 partitions to create or update, 25 to delete, 1,000 to get in one call.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from shared.errors import StorageError
from shared.storage.aws_retries import FIRST_PAUSE_WHEN_THROTTLED_S, pause_s

WRITE_BATCH = 100
DELETE_BATCH = 25
GET_BATCH = 1000
PAGE = 1000

ABSENT = "EntityNotFoundException"
EXISTS = "AlreadyExistsException"
CONCURRENT = "ConcurrentModificationException"

ATTEMPTS = 8
_PASSING_CALL = frozenset({"OperationTimeoutException", CONCURRENT})
_PASSING_ITEM = _PASSING_CALL | {"ThrottlingException", "InternalServiceException"}

Values = tuple[str, ...]
T = TypeVar("T")


class GlueError(StorageError):
    """A call or an item of a batch failed for good; `code` is the service's."""

    code = ""


class GlueCalls:
    """The Glue API for one database; `client` is a boto3 Glue client."""

    def __init__(self, client: Any, database: str) -> None:
        self._client = client
        self.database = database

    def call(
        self,
        operation: str,
        *,
        ignore: tuple[str, ...] = (),
        scoped: bool = True,
        attempts: int = ATTEMPTS,
        **arguments: Any,
    ) -> dict[str, Any]:
        """One call, as often as it takes; an empty answer where it fails with a code that is to be ignored."""
        if scoped:
            arguments["DatabaseName"] = self.database
        for attempt in range(attempts):
            wait_before(attempt)
            try:
                answer: dict[str, Any] = getattr(self._client, operation)(**arguments)
            except ClientError as error:
                told = error.response.get("Error", {})
                code = told.get("Code", "")
                if code in ignore:
                    return {}
                if code not in _PASSING_CALL or attempt == attempts - 1:
                    raise _failure(self._what(operation, arguments), code, told.get("Message", "")) from error
            except BotoCoreError as error:
                raise _failure(self._what(operation, arguments), type(error).__name__, str(error)) from error
            else:
                return answer
        raise AssertionError("unreachable: the last attempt returns or raises")

    def partitions(
        self, table: str, wanted: Sequence[Values] | None = None, *, with_columns: bool = False
    ) -> Iterator[Mapping[str, Any]]:
        """Partitions as the service answers them: all (with or without columns), or those of the wanted values."""
        if wanted is None:
            yield from self._all_partitions(table, with_columns=with_columns)
            return
        for batch in batches(wanted, GET_BATCH):
            left = [{"Values": list(values)} for values in batch]
            for attempt in range(ATTEMPTS):
                wait_before(attempt)
                answer = self.call("batch_get_partition", TableName=table, PartitionsToGet=left, ignore=(ABSENT,))
                yield from answer.get("Partitions", [])
                left = answer.get("UnprocessedKeys") or []
                if not left:
                    break
            if left:
                first = self._partition(table, left[0]["Values"])
                raise _failure(f"get {first}", "UnprocessedKeys", f"({len(left)} left after {ATTEMPTS} attempts)")

    def _all_partitions(self, table: str, *, with_columns: bool) -> Iterator[Mapping[str, Any]]:
        arguments: dict[str, Any] = {"ExcludeColumnSchema": not with_columns, "MaxResults": PAGE}
        while True:
            answer = self.call("get_partitions", TableName=table, ignore=(ABSENT,), **arguments)
            yield from answer.get("Partitions", [])
            if not answer.get("NextToken"):
                return
            arguments["NextToken"] = answer["NextToken"]

    def write(
        self, operation: str, table: str, argument: str, items: Mapping[Values, Any], fine: tuple[str, ...] = ()
    ) -> set[Values]:
        """Send the items of one batch until none is put off; returns those that failed with an error that is fine."""
        accepted: set[Values] = set()
        left = dict(items)
        code = message = ""
        for attempt in range(ATTEMPTS):
            if not left:
                return accepted
            wait_before(attempt)
            arguments: dict[str, Any] = {argument: list(left.values())}
            answer = self.call(operation, TableName=table, **arguments)
            failed: dict[Values, Any] = {}
            for error in answer.get("Errors") or []:
                values = tuple(error.get("PartitionValues") or error.get("PartitionValueList") or ())
                detail = error.get("ErrorDetail", {})
                code, message = detail.get("ErrorCode", ""), detail.get("ErrorMessage", "")
                if code in fine:
                    accepted.add(values)
                elif code in _PASSING_ITEM and values in left:
                    failed[values] = left[values]
                else:
                    raise _failure(self._partition(table, values), code, message)
            left = failed
        if left:
            told = f"{message} ({len(left)} partitions left after {ATTEMPTS} attempts)".strip()
            raise _failure(self._partition(table, next(iter(left))), code, told)
        return accepted

    def _partition(self, table: str, values: Sequence[str]) -> str:
        return f"partition {'/'.join(values)} of {self.database}.{table}"

    def _what(self, operation: str, arguments: Mapping[str, Any]) -> str:
        table = arguments.get("TableName") or arguments.get("Name") or arguments.get("TableInput", {}).get("Name")
        place = f"{self.database}.{table}" if table else f"database {self.database}"
        many = next((value for value in arguments.values() if isinstance(value, list) and "partition" in operation), [])
        values = many[0].get("Values") or many[0].get("PartitionValueList") if many else None
        told = f" ({len(many)} partitions, first {'/'.join(values)})" if values else ""
        return f"{operation} on {place}{told}"


def wait_before(attempt: int) -> None:
    """Wait before an attempt, a random time that may grow with each; not before the first."""
    if attempt:
        time.sleep(pause_s(attempt, FIRST_PAUSE_WHEN_THROTTLED_S))


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in their order, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _failure(what: str, code: str, message: str) -> GlueError:
    remedy = (
        "give the job's role the Glue permissions on catalog, database and tables that the README lists"
        if "AccessDenied" in code
        else "run again: what was swapped stays, the rest follows"
    )
    error = GlueError(f"Glue catalog: {what} failed: {code} {message}".rstrip() + ".", remedy=remedy)
    error.code = code
    return error
