"""A Glue client that refuses what the service refuses, in front of a fake that takes it.

The fake (moto) has no limits: it takes a hundred and one partitions at once, the same one twice, answers all in one
page and knows no version of a table. Here stand the limits of the API's own model (lengths, patterns, sizes of lists)
and those that its reference gives in words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from botocore.exceptions import ClientError

MOST_INDEXES = 3
MOST_A_PAGE = 1000
USUAL_PAGE = 100  # of GetPartitions, when the caller does not say; what the service takes is not documented
# What each batch call names its items, and its answer the item of an error. The model has their sizes, but for one:
# to delete more than 25 is refused, whatever the model says.
BATCHES = {
    "batch_create_partition": ("PartitionInputList", "PartitionValues", 100),
    "batch_update_partition": ("Entries", "PartitionValueList", 100),
    "batch_delete_partition": ("PartitionsToDelete", "PartitionValues", 25),
    "batch_get_partition": ("PartitionsToGet", "", 1000),
}

# Of an item's values: the error code with which the service refuses it this time, or None.
Refusal = Callable[[str, tuple[str, ...]], str | None]


class StrictGlue:
    """Stands where a boto3 Glue client does.

    calls        how often each operation was called
    refuse       refuses single items of batches
    unprocessed  of so many calls of batch_get_partition, all but the first item is left unprocessed
    page         the largest page that GetPartitions gives, for tests that want to turn pages
    is_encrypted the metadata are encrypted: no partition indexes
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: Counter[str] = Counter()
        self.refuse: Refusal = lambda _call, _values: None
        self.unprocessed = 0
        self.page = MOST_A_PAGE
        self.is_encrypted = False
        self._listed: dict[str, list[Any]] = {}

    def __getattr__(self, operation: str) -> Any:
        found = getattr(self._client, operation)
        if operation not in self._client.meta.method_to_api_mapping:
            return found

        def checked(**arguments: Any) -> Any:
            self.calls[operation] += 1
            shape = self._client.meta.service_model.operation_model(
                self._client.meta.method_to_api_mapping[operation]
            ).input_shape
            for fault in faults(shape, arguments, operation):
                raise refused(operation, "InvalidInputException", fault)
            if operation in BATCHES:
                return self._batch(operation, arguments)
            own = getattr(self, f"_{operation}", None)
            return own(arguments) if own else found(**arguments)

        return checked

    def _create_table(self, arguments: dict[str, Any]) -> Any:
        table, indexes = arguments["TableInput"], arguments.get("PartitionIndexes", [])
        keys = {key["Name"] for key in table.get("PartitionKeys", ())}
        if len(indexes) > MOST_INDEXES:
            raise refused("create_table", "InvalidInputException", f"{len(indexes)} indexes")
        for index in indexes:
            if not set(index["Keys"]) <= keys:
                raise refused("create_table", "InvalidInputException", f"index over {index['Keys']}")
        if indexes and self.is_encrypted:
            raise refused("create_table", "InvalidInputException", "no index on encrypted metadata")
        _require_lower_case("create_table", table["Name"], [*_columns(table), *keys])
        return self._client.create_table(**arguments)

    def _update_table(self, arguments: dict[str, Any]) -> Any:
        table = arguments["TableInput"]
        current = self._client.get_table(DatabaseName=arguments["DatabaseName"], Name=table["Name"])["Table"]
        seen = arguments.pop("VersionId", None)
        if seen is not None and seen != current.get("VersionId"):
            raise refused("update_table", "ConcurrentModificationException", f"version {seen} is not the current one")
        has, wants = (tuple(key["Name"] for key in each.get("PartitionKeys", ())) for each in (current, table))
        if has != wants:
            raise refused("update_table", "InvalidInputException", f"partition keys {wants} instead of {has}")
        return self._client.update_table(**arguments)

    def _get_partitions(self, arguments: dict[str, Any]) -> Any:
        size = min(arguments.pop("MaxResults", USUAL_PAGE), self.page)
        name, _, place = arguments.pop("NextToken", "").partition(" ")
        if not name:
            name, place = f"listing{self.calls['get_partitions']}", "0"
            self._listed[name] = self._client.get_partitions(**arguments)["Partitions"]
        elif name not in self._listed:
            raise refused("get_partitions", "InvalidInputException", "unknown token")
        listed, start = self._listed[name], int(place)
        answer: dict[str, Any] = {"Partitions": listed[start : start + size]}
        if start + size < len(listed):
            answer["NextToken"] = f"{name} {start + size}"
        return answer

    def _batch(self, operation: str, arguments: dict[str, Any]) -> Any:
        argument, error_key, most = BATCHES[operation]
        items = arguments[argument]
        if not 1 <= len(items) <= most:
            raise refused(operation, "InvalidInputException", f"{len(items)} items")
        all_values = [tuple(item.get("Values") or item["PartitionValueList"]) for item in items]
        if len(set(all_values)) < len(all_values):
            raise refused(operation, "InvalidInputException", "the same partition twice")
        self._require_key_count(operation, arguments, all_values)
        errors, left = [], []
        for item, values in zip(items, all_values, strict=True):
            code = self.refuse(operation, values)
            if code is None:
                left.append(item)
            else:
                errors.append({error_key: list(values), "ErrorDetail": {"ErrorCode": code, "ErrorMessage": "as told"}})
        unprocessed = []
        if operation == "batch_get_partition" and self.unprocessed:
            self.unprocessed -= 1
            left, unprocessed = left[:1], left[1:]
        answer = getattr(self._client, operation)(**arguments | {argument: left}) if left else {}
        if errors:
            answer["Errors"] = [*answer.get("Errors", []), *errors]
        if unprocessed:
            answer["UnprocessedKeys"] = [{"Values": item["Values"]} for item in unprocessed]
        return answer

    def _require_key_count(self, operation: str, arguments: Mapping[str, Any], all_values: list[Any]) -> None:
        """A partition has a value for each key of its table, in the table's order."""
        where = {"DatabaseName": arguments["DatabaseName"], "Name": arguments["TableName"]}
        keys = self._client.get_table(**where)["Table"].get("PartitionKeys", ())
        wrong = [values for values in all_values if len(values) != len(keys)]
        if wrong:
            raise refused(operation, "InvalidInputException", f"{wrong[0]} for {len(keys)} partition keys")


def behind_limits(make: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes clients, `shared.storage.aws.client` for one, whose Glue client is one strict one."""
    strict: list[StrictGlue] = []

    def client(service: str, **options: Any) -> Any:
        if service != "glue":
            return make(service, **options)
        if not strict:
            strict.append(StrictGlue(make("glue", **options)))
        return strict[0]

    return client


def refused(operation: str, code: str, message: str) -> ClientError:
    """The service's error."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def faults(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Where a value breaks the limits of its shape: lengths, sizes, ranges, patterns. Types the client checks."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name in value:
                yield from faults(member, value[name], f"{path}.{name}")
    elif shape.type_name in ("list", "map", "string"):
        if least is not None and len(value) < least:
            yield f"{path}: shorter than {least}"
        if most is not None and len(value) > most:
            yield f"{path}: {len(value)} is longer than {most}"
        if shape.type_name == "string" and not _matches(shape.metadata.get("pattern"), value):
            yield f"{path}: {value!r} does not match"
        if shape.type_name == "list":
            for number, item in enumerate(value):
                yield from faults(shape.member, item, f"{path}[{number}]")
        elif shape.type_name == "map":
            for key, item in value.items():
                yield from faults(shape.key, key, path)
                yield from faults(shape.value, item, f"{path}[{key}]")
    elif shape.type_name in ("integer", "long") and (
        (least is not None and value < least) or (most is not None and value > most)
    ):
        yield f"{path}: {value} is not from {least} to {most}"


def _matches(pattern: str | None, value: str) -> bool:
    compiled = _compiled(pattern) if pattern else None
    return compiled is None or compiled.fullmatch(value) is not None


@lru_cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    # Written for Java, in UTF-16: a pair of halves stands for all characters above it.
    if r"\p{" in pattern:
        return None
    return re.compile(pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", "\\U00010000-\\U0010FFFF"))


def _columns(table: Mapping[str, Any]) -> list[str]:
    return [column["Name"] for column in table.get("StorageDescriptor", {}).get("Columns", ())]


def _require_lower_case(operation: str, *names: Any) -> None:
    """Athena knows letters, digits and underscores, in lower case; the service folds the rest silently."""
    for name in (name for each in names for name in ([each] if isinstance(each, str) else each)):
        if not re.fullmatch("[a-z0-9_]+", name):
            raise refused(operation, "InvalidInputException", f"the name {name!r}")
