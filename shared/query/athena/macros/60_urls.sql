-- Forms' encoding, as Java's: + for a blank, and other characters left plain than in RFC 3986.
CREATE MACRO athena_url_encode(s) AS replace(replace(replace(url_encode(s), '%20', '+'), '%2A', '*'), '~', '%7E');
CREATE MACRO athena_url_decode(s) AS url_decode(replace(s, '+', ' '));
-- The parts by RFC 3986, appendix B; NULL for what is no URL.
CREATE MACRO athena_is_url(u) AS NOT regexp_matches(u, '[\s<>"{}|\\^`]') AND NOT regexp_matches(u, '%([^0-9A-Fa-f]|[0-9A-Fa-f][^0-9A-Fa-f]|.?$)');
CREATE MACRO athena_url_part(u, n) AS CASE WHEN athena_is_url(u) THEN
    regexp_extract(u, '^(([A-Za-z][A-Za-z0-9+.-]*):)?(//([^/?#]*))?([^?#]*)(\?([^#]*))?(#(.*))?$', n) END;
CREATE MACRO athena_url_plain(part) AS url_decode(part);
CREATE MACRO athena_url_value(pair) AS CASE WHEN contains(pair, '=') THEN athena_url_decode(substr(pair, strpos(pair, '=') + 1)) WHEN pair IS NOT NULL THEN '' END;
CREATE MACRO athena_url_extract_protocol(u) AS athena_url_part(u, 2);
CREATE MACRO athena_url_extract_host(u) AS regexp_extract(athena_url_part(u, 4), '^(?:[^@]*@)?([^:]*)', 1);
CREATE MACRO athena_url_extract_port(u) AS TRY_CAST(nullif(regexp_extract(athena_url_part(u, 4), ':([0-9]+)$', 1), '') AS BIGINT);
CREATE MACRO athena_url_extract_path(u) AS athena_url_plain(athena_url_part(u, 5));
CREATE MACRO athena_url_extract_query(u) AS athena_url_plain(athena_url_part(u, 7));
CREATE MACRO athena_url_extract_fragment(u) AS athena_url_plain(athena_url_part(u, 9));
CREATE MACRO athena_url_extract_parameter(u, name) AS athena_url_value(
    list_filter(string_split(athena_url_part(u, 7), '&'), LAMBDA p: url_decode(split_part(p, '=', 1)) = name)[1]);
