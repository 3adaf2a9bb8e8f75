#!/usr/bin/env bash
# Raw logs to answers on this machine: what `make demo` runs. Every command is printed before it runs.
set -euo pipefail
demo=${DEMO_DIR:-demo}
raw=$demo/raw origin=$demo/raw_origin lake=$demo/lake

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() { printf '$ %s\n' "$*"; "$@"; }
ask() { printf '$ loglake query --lake %s "%s"\n' "$lake" "$1"; loglake query --lake "$lake" "$1"; }

rm -rf "$demo"
mkdir -p "$demo"

say "1. Raw logs as CloudFront writes them: all formats mixed, duplicates, malformed lines, damaged objects"
run loglake sample cloudfront --out "$raw" --rows 400000 --mixed --dirty

say "2. The first run: everything that is not in yet"
run loglake run cloudfront --raw "$raw" --lake "$lake"

say "3. A day later: late rows for yesterday's hours, repeated rows, whole objects delivered again; by the Glue job's script, on Spark"
run loglake sample cloudfront --out "$raw" --rows 400000 --mixed --dirty --late
run python glue_jobs/refine_cloudfront.py --raw_uri "$raw" --lake_uri "$lake"

say "4. Once more: nothing is new, and nothing changes"
run loglake run cloudfront --raw "$raw" --lake "$lake"

say "5. What the lake holds"
run loglake tables --lake "$lake"

say "6. Which bots, and at which edge?"
ask "SELECT client_name, edge_location, count(*) AS requests FROM cloudfront_requests WHERE is_bot
     GROUP BY client_name, edge_location ORDER BY requests DESC, client_name, edge_location LIMIT 10"

say "7. How many bytes by distribution and edge? One of the shipped questions; --show-sql prints Athena's SQL of it"
run loglake ask traffic_by_edge --lake "$lake" --set limit=10

say "8. The top 50 viewers (addresses are truncated by default; viewer_id tells viewers apart)"
run loglake ask top_viewers --lake "$lake"

say "9. What could not be taken in, and why"
run loglake quarantine --lake "$lake"

say "10. The origin behind the CDN: MediaPackage logs in CloudWatch envelopes, export tasks and vended JSON, into the same lake"
run loglake sample mediapackage --out "$origin" --rows 60000 --dirty
run loglake run mediapackage --raw "$origin" --lake "$lake"

say "11. What is asked of the origin, what encoders failed to deliver, and who goes around the CDN?"
run loglake ask mediapackage_requests --lake "$lake" --set limit=10
run loglake ask mediapackage_ingest_gaps --lake "$lake" --set limit=5
run loglake ask mediapackage_ingest_silences --lake "$lake"
run loglake ask mediapackage_direct --lake "$lake"

say "12. What the runs did"
run loglake status --lake "$lake"
ask "SELECT run_id, round(duration_s, 1) AS seconds, objects, records, rows, duplicates, quarantined, ignored,
            records = rows + duplicates + quarantined + ignored AS all_accounted_for
     FROM ingest_runs ORDER BY run_id"
printf '\nThe lake is in %s; ask it your own questions: %s/loglake query --lake %s "SELECT ..."\n' \
  "$lake" "$(dirname "$(command -v loglake)")" "$lake"
