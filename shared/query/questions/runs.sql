-- Runs, and whether they account for every record
--
-- What each run took in and what became of it. Every record is a row, a duplicate, in quarantine, or ignored. The hours
-- are those in which runs began.
--
-- :limit = 50  runs to list, the newest first
SELECT
    run_id,
    source,
    started_at,
    duration_s,
    objects,
    objects_damaged,
    records,
    "rows" AS rows_in,
    duplicates,
    quarantined,
    ignored,
    rows_removed,
    records = "rows" + duplicates + quarantined + ignored AS is_accounted_for
FROM ingest_runs
WHERE :hours
ORDER BY run_id DESC
LIMIT :limit
