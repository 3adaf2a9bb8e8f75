-- Quarantine by hour and reason
--
-- Records and objects that could not be taken in, by the hour (UTC) in which they were delivered and the reason, with an
-- example to look at.
SELECT
    date_trunc('hour', source_modified) AS delivery_hour,
    source,
    reason,
    count(*) AS entries,
    count(DISTINCT source_object) AS objects,
    min(source_object) AS example
FROM quarantine
WHERE :hours
GROUP BY date_trunc('hour', source_modified), source, reason
ORDER BY delivery_hour, entries DESC, source, reason
