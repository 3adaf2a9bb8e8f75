"""Every shipped question about MediaPackage, answered from a lake in a folder and by counting the raw records."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from shared.engine.executor import InlineExecutor
from shared.engine.refine import Refinery
from shared.engine.settings import RefineSettings
from shared.enrich.settings import EnrichSettings
from shared.errors import LoglakeError
from shared.lake.lake import Lake, open_lake
from shared.query.duck import run_sql
from shared.query.live_files import live_files
from shared.query.questions import HourRange, question_named
from shared.sources.mediapackage import EGRESS, INGRESS, SOURCE
from shared.synth import MediaPackageReport
from tests.conftest import SAMPLES, Workshop
from tests.query.answers import OF_EGRESS, OF_INGRESS
from tests.query.answers.cases import ORIGIN_BRIEF, Case
from tests.query.answers.comparing import assert_equal_answers
from tests.query.answers.origin_records import OriginTruth, origin_truth_of
from tests.query.answers.origin_sample import deliver_origin


class Answered(NamedTuple):
    """A lake, what must be in it, and what the generator says about its part."""

    lake: Lake
    truth: OriginTruth
    told: MediaPackageReport


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    folder = tmp_path_factory.mktemp("origin")
    raw, lake = folder / "raw", str(folder / "lake")
    told = deliver_origin(raw, rows=2500)
    Refinery(SOURCE, RefineSettings(str(raw), lake, enrich=EnrichSettings(client_ip="keep")), InlineExecutor()).refine()
    return Answered(open_lake(lake), origin_truth_of(raw), told)


def ask(lake: Lake, name: str, **settings: str) -> list[dict[str, Any]]:
    return run_sql(lake, question_named(name).sql(settings=settings)).to_pylist()


@pytest.mark.parametrize("case", ORIGIN_BRIEF, ids=str)
def test_the_lake_answers_as_the_raw_records_do(case: Case, answered: Answered) -> None:
    expected = case.expected_of_origin(answered.truth)
    assert expected
    rows = [tuple(row.values()) for row in run_sql(answered.lake, case.sql).to_pylist()]
    assert_equal_answers(rows, expected)


def test_only_files_of_the_hours_asked_for_are_opened(answered: Answered, tmp_path: Path) -> None:
    spoilt = open_lake(shutil.copytree(answered.lake.uri, tmp_path / "spoilt").as_posix())
    hour = HourRange(datetime(2026, 11, 1), datetime(2026, 11, 1, 1))
    for table in (EGRESS, INGRESS):
        for partition, items in live_files(spoilt, table).items():
            for item in items if str(partition) != "2026-11-01T00" else ():
                spoilt.store.write(item.key, b"PAR1 no such file PAR1".ljust(item.size_bytes))
    for name in (*OF_EGRESS, *OF_INGRESS):
        case = Case(question_named(name), hour)
        rows = [tuple(row.values()) for row in run_sql(spoilt, case.sql).to_pylist()]
        assert_equal_answers(rows, case.expected_of_origin(answered.truth))
    with pytest.raises(LoglakeError):
        ask(spoilt, "mediapackage_requests")


def _of_generator(rows: Iterable[dict[str, Any]], column: str = "channel") -> list[dict[str, Any]]:
    return [row for row in rows if (row[column] or "").startswith(("news-000", "live-main/sport-001"))]


def test_the_gap_and_the_silence_of_the_sample_are_found_and_no_other(answered: Answered) -> None:
    (gap,), (silence,) = answered.told.gaps, answered.told.silences
    found = _of_generator(ask(answered.lake, "mediapackage_ingest_gaps", limit="1000"))
    silent, missing = [row for row in found if row["channel"].endswith(silence.channel)], found[-1]
    assert {(row["input_index"], row["missing_segments"]) for row in silent} == {(silence.input, 100)}
    assert len(silent) == len(found) - 1 == 4
    assert (missing["channel"], missing["input_index"], missing["rendition"]) == (gap.channel, gap.input, gap.rendition)
    assert missing["segment_before"] + 1 == gap.first_missing_number
    assert missing["missing_segments"] == gap.count
    assert missing["lost_s"] == pytest.approx(6 * gap.count, abs=0.5)

    hour = HourRange(datetime(2026, 10, 31, 23), datetime(2026, 11, 1))  # other channels go on for longer
    silences_ = run_sql(answered.lake, question_named("mediapackage_ingest_silences").sql(hour)).to_pylist()
    (quiet,) = _of_generator(silences_)
    assert (quiet["silence"], quiet["input_index"]) == ("silent_input", silence.input)
    assert quiet["channel"].endswith(silence.channel)
    assert timedelta(0) < silence.starts - quiet["silent_from"] < timedelta(seconds=6)
    assert timedelta(0) < quiet["silent_until"] - silence.ends < timedelta(seconds=6)
    assert quiet["other_active_s"] == quiet["silent_s"]


def test_what_encoders_deliver_is_what_the_sample_says(answered: Answered) -> None:
    delivered = Counter[tuple[str, str]]()
    for row in _of_generator(ask(answered.lake, "mediapackage_ingest_cadence")):
        delivered[row["channel"].rpartition("/")[2], str(row["input_index"])] += row["segments"]
        assert row["expected_s"] == pytest.approx(6, abs=0.1)
    told = answered.told.segments_delivered
    assert delivered == {(channel, input_): n for channel, of in told.items() for input_, n in of.items()}
    skews = {skew.channel: skew.seconds for skew in answered.told.skews}
    for row in _of_generator(ask(answered.lake, "mediapackage_ingest_skew")):
        assert row["median_skew_s"] == pytest.approx(skews.get(row["channel"].rpartition("/")[2], 0.2), abs=0.05)


def test_what_an_origin_is_asked_for_is_what_the_sample_says(answered: Answered) -> None:
    told = answered.told.requests_by_class[EGRESS.name]
    found: dict[str, dict[str, int]] = {}
    for row in _of_generator(ask(answered.lake, "mediapackage_requests", limit="1000"), "endpoint"):
        found.setdefault(row["endpoint"].removeprefix("live-main/"), {})[row["request_class"]] = row["requests"]
    assert found == {place: kinds for place, kinds in told.items() if place != "vod"}
    # VOD names no channel; it is of the generator alone.
    by_host = ask(answered.lake, "mediapackage_top_urls", limit="10000")
    assert sum(row["requests"] for row in by_host if "-vod." in row["host"]) == sum(told["vod"].values())


def test_the_wave_past_the_cdn_is_seen_by_the_minute(answered: Answered) -> None:
    (wave,) = answered.told.waves
    minutes = ask(answered.lake, "mediapackage_error_rates", every="minute", by="cdn")
    refused = {row["starts"]: row["status_403"] for row in minutes if row["cdn"] == "direct"}
    of_wave = [n for minute, n in refused.items() if wave.starts <= minute < wave.ends]
    others = [n for minute, n in refused.items() if not wave.starts <= minute < wave.ends]
    assert sum(of_wave) > 0.5 * sum(refused.values())
    assert len(of_wave) == 10
    assert min(of_wave) > sum(others) / len(others)


def test_the_cadence_of_the_sample_that_was_counted_by_hand(workshop: Workshop) -> None:
    workshop = replace(workshop, source=SOURCE)
    workshop.put("v1_ingress.ndjson", (SAMPLES / "mediapackage/v1_ingress.ndjson").read_bytes())
    workshop.run()
    cadence = {(row["channel"], row["input_index"]): row for row in ask(workshop.lake, "mediapackage_ingest_cadence")}
    columns = ("segments", "expected_s", "max_lag_s", "gaps", "lost_s", "missing_segments", "restarts")
    assert {key: tuple(row[column] for column in columns) for key, row in cadence.items()} == {
        ("demo-channel", 1): (7, 6.0, 6.0, 0, 0.0, 0, 0),
        ("demo-channel", 2): (6, 6.0, 12.0, 1, 6.0, 1, 0),
        ("old-channel", None): (1, None, None, 0, 0.0, 0, 0),
    }
    (gap,) = ask(workshop.lake, "mediapackage_ingest_gaps")
    assert (gap["segment_before"], gap["segment_after"], gap["lag_s"], gap["lost_s"]) == (101, 103, 12.0, 6.0)
    (skew,) = ask(workshop.lake, "mediapackage_ingest_skew")
    assert (skew["pairs"], skew["only_at_1"], skew["only_at_2"], skew["median_skew_s"]) == (6, 1, 0, 2.0)


NOON = datetime(2026, 11, 1, 12)
EGRESS_URL = (
    "https://a1.egress.b2.mediapackagev2.us-east-1.amazonaws.com:443/out/v1/group/one/hls/segment_1_video_7.mp4"
)


def lake_of(workshop: Workshop, records: Sequence[dict[str, Any]]) -> Lake:
    """A lake of records of v2, each with an id of its own."""
    lines = [json.dumps({"request_id": f"id-{number}", **record}) + "\n" for number, record in enumerate(records)]
    workshop.put("vended.json", "".join(lines))
    replace(workshop, source=SOURCE).run()
    return workshop.lake


def at(second: float) -> int:
    return int((NOON.replace(tzinfo=UTC).timestamp() + second) * 1000)


def ends(*statuses_and_times: tuple[int | str, float]) -> list[dict[str, Any]]:
    """Requests to an endpoint, by status and time to the first byte."""
    return [
        {
            **{"event_timestamp": at(0), "status_code": status, "time_to_first_byte": seconds, "method": "GET"},
            **{"request_uri_base": EGRESS_URL, "manifest_type": "", "user_agent": "Amazon CloudFront"},
        }
        for status, seconds in statuses_and_times
    ]


def test_an_error_is_what_the_origin_could_not_do(workshop: Workshop) -> None:
    """Who hung up is no error, unless there is a real one; a negative time is no time."""
    lake = lake_of(
        workshop, ends((200, 0.1), (304, 0.2), (460, 0.3), (499, 0.4), ("-", 0), (200, -3), (403, -1), (500, -1))
    )
    (rates,) = ask(lake, "mediapackage_error_rates")
    assert (rates["requests"], rates["error_rate"], rates["success_rate"]) == (8, 2 / 8, 3 / 8)
    assert (rates["status_403"], rates["status_5xx"], rates["given_up"]) == (1, 1, 4)
    causes = {(row["cause"], row["status"]): row["is_error"] for row in ask(lake, "mediapackage_errors_by_cause")}
    gone = dict.fromkeys((("client_gone", status) for status in (460, 499, None, 200)), False)
    assert causes == {("authorization", 403): True, ("service", 500): True, **gone}
    (latency,) = ask(lake, "mediapackage_latency")
    assert (latency["requests"], latency["min_s"], latency["max_s"]) == (5, 0.0, 0.4)


def test_rates_are_null_where_no_status_was_logged(workshop: Workshop) -> None:
    records = [{name: value for name, value in each.items() if name != "status_code"} for each in ends((200, 0.1))]
    (rates,) = ask(lake_of(workshop, records), "mediapackage_error_rates")
    assert (rates["requests"], rates["error_rate"], rates["success_rate"], rates["given_up"]) == (1, None, None, 0)


def test_a_request_without_user_agent_is_not_known_to_be_direct(workshop: Workshop) -> None:
    (direct,) = ask(
        lake_of(workshop, [{**each, "user_agent": "-"} for each in ends((200, 0.1))]), "mediapackage_direct"
    )
    assert (direct["requests"], direct["of_unknown_agent"], direct["direct_requests"]) == (1, 1, 0)
    assert direct["direct_share"] is None


def deliveries(input_: int, seconds: Iterable[float], status: int = 201) -> list[dict[str, Any]]:
    """Segments that an encoder puts at these seconds."""
    url = f"https://a1-{input_}.ingest.b2.mediapackagev2.us-east-1.amazonaws.com:443/in/v1/group/{input_}/one/"
    return [
        {
            **{"event_timestamp": at(second), "status_code": status, "method": "PUT", "input_index": str(input_)},
            **{"request": f"{url}channel_1_{int(second)}.ts", "received_bytes": 1000},
        }
        for second in seconds
    ]


def silences(lake: Lake, **settings: str) -> list[tuple[Any, ...]]:
    """Kind, input, seconds from noon, how long, how long the other went on."""

    def second(time: datetime | None) -> float | None:
        return time and (time - NOON).total_seconds()

    return [
        (
            *(row["silence"], row["input_index"], second(row["silent_from"]), second(row["silent_until"])),
            *(row["silent_s"], row["other_active_s"]),
        )
        for row in ask(lake, "mediapackage_ingest_silences", **settings)
    ]


def test_one_input_that_is_silent_is_no_outage(workshop: Workshop) -> None:
    one = [*range(0, 60, 6), *range(120, 180, 6)]
    lake = lake_of(workshop, [*deliveries(1, one), *deliveries(2, range(0, 180, 6))])
    assert silences(lake) == [("silent_input", 1, 54.0, 120.0, 66.0, 66.0)]
    assert silences(lake, seconds="66") == []


def test_both_inputs_that_are_silent_are_an_outage_whichever_stopped_first(workshop: Workshop) -> None:
    """That one of them went on for 3 seconds is not worth telling."""
    one, two = [*range(0, 60, 6), *range(120, 180, 6)], [*range(3, 60, 6), *range(123, 180, 6)]
    lake = lake_of(workshop, [*deliveries(1, one), *deliveries(2, two)])
    assert silences(lake) == [("outage", None, 57.0, 120.0, 63.0, None)]


def test_an_input_that_stopped_is_silent_to_the_last_request_of_any(workshop: Workshop) -> None:
    stopped = [*deliveries(1, range(0, 60, 6)), *deliveries(2, range(0, 180, 6))]
    assert silences(lake_of(workshop, stopped)) == [("silent_input", 1, 54.0, None, 120.0, 120.0)]


def test_uploads_that_fail_are_no_deliveries(workshop: Workshop) -> None:
    failing = [*deliveries(1, range(0, 180, 6), status=500), *deliveries(2, range(0, 180, 6))]
    lake = lake_of(workshop, failing)
    assert silences(lake) == [("silent_input", 1, None, None, 174.0, 174.0)]
    (first, second) = ask(lake, "mediapackage_ingest_freshness")
    assert (first["last_segment"], first["segment_age_s"]) == (None, None)
    assert (second["segment_age_s"], second["manifests"], second["manifest_age_s"]) == (0.0, 0, None)


def test_a_channel_that_stopped_is_an_outage_to_the_last_request_of_any(workshop: Workshop) -> None:
    other = [{**each, "request": each["request"].replace("/one/", "/two/")} for each in deliveries(1, range(0, 180, 6))]
    lake = lake_of(workshop, [*deliveries(1, range(0, 60, 6)), *deliveries(2, range(0, 60, 6)), *other])
    assert silences(lake) == [("outage", None, 54.0, None, 120.0, None)]
