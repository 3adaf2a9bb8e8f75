-- || joins texts with texts and arrays with arrays or elements; with NULL it is NULL.
CREATE MACRO athena_any_array(a, b) AS athena_is_array(a) OR athena_is_array(b);
CREATE MACRO athena_is_text(x) AS typeof(x) IN ('VARCHAR', '"NULL"');
CREATE MACRO athena_are_texts(a, b) AS athena_is_text(a) AND athena_is_text(b) OR typeof(a) = 'BLOB' AND typeof(b) = 'BLOB';
CREATE MACRO athena_listed(x) AS struct_extract({'array': x, 'other': [x]}, CASE WHEN athena_is_array(x) THEN 'array' ELSE 'other' END);
CREATE MACRO athena_unlisted(x) AS struct_extract({'array': '', 'other': x, 'unpicked': [x]}, CASE WHEN athena_is_array(x) THEN 'array' ELSE 'other' END);
CREATE MACRO athena_concat(a, b) AS struct_extract({
    'text': CASE WHEN NOT athena_any_array(a, b) THEN athena_checked(athena_are_texts(a, b),
        'Text is joined with text: CAST(' || CASE WHEN athena_is_text(a) THEN typeof(b) ELSE typeof(a) END || ' AS varchar)',
        athena_unlisted(a) || athena_unlisted(b)) END,
    'array': CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN list_concat(athena_listed(a), athena_listed(b)) END
}, CASE WHEN athena_any_array(a, b) THEN 'array' ELSE 'text' END);
CREATE MACRO athena_upper(s) AS replace(upper(replace(s, 'ß', chr(1))), chr(1), 'ß');
CREATE MACRO athena_length(x) AS CASE WHEN typeof(x) = 'BLOB' THEN octet_length(TRY_CAST(x AS BLOB)) 
    ELSE athena_checked(athena_is_text(x), 'length takes text, not a ' || typeof(x), length(TRY_CAST(x AS VARCHAR))) END;
CREATE MACRO athena_substr(s, start) AS CASE
        WHEN s IS NULL THEN NULL WHEN start = 0 OR abs(start) > length(s) THEN '' ELSE substr(s, start) END,
    (s, start, n) AS CASE
        WHEN start = 0 OR abs(start) > length(s) OR n <= 0 THEN CASE WHEN s IS NOT NULL AND n IS NOT NULL THEN '' END ELSE substr(s, start, n) END;
CREATE MACRO athena_substring(s, start) AS athena_substr(s, start), (s, start, n) AS athena_substr(s, start, n);
CREATE MACRO athena_blanks() AS chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(28) || chr(29) || chr(30) || chr(31) || ' ';
CREATE MACRO athena_trim(s) AS trim(s, athena_blanks()), (s, characters) AS trim(s, characters);
CREATE MACRO athena_ltrim(s) AS ltrim(s, athena_blanks()), (s, characters) AS ltrim(s, characters);
CREATE MACRO athena_rtrim(s) AS rtrim(s, athena_blanks()), (s, characters) AS rtrim(s, characters);
CREATE MACRO athena_lpad(s, n, pad) AS 
    athena_checked(n >= 0 AND pad <> '', 'a length of 0 or more and a padding that is not empty are wanted', lpad(s, CAST(n AS INTEGER), pad));
CREATE MACRO athena_rpad(s, n, pad) AS 
    athena_checked(n >= 0 AND pad <> '', 'a length of 0 or more and a padding that is not empty are wanted', rpad(s, CAST(n AS INTEGER), pad));
CREATE MACRO athena_replace(s, search) AS CASE WHEN search = '' THEN s ELSE replace(s, search, '') END, (s, search, replacement) AS CASE
    WHEN search = '' THEN replacement || array_to_string(list_transform(string_split(s, ''), LAMBDA c: c || replacement), '')
    ELSE replace(s, search, replacement) END;
CREATE MACRO athena_strpos(s, part) AS strpos(s, part), (s, part, n) AS
    CASE WHEN len(string_split(s, part)) > n THEN length(array_to_string(string_split(s, part)[1:n], part)) + 1 ELSE 0 END;
CREATE MACRO athena_split(s, delimiter) AS

        athena_checked(delimiter <> '', 'The delimiter may not be the empty string', string_split(s, delimiter)),
    (s, delimiter, n) AS athena_checked(delimiter <> '' AND n > 0, 'The delimiter may not be empty, and the limit must be positive',
        CASE WHEN len(string_split(s, delimiter)) <= n THEN string_split(s, delimiter)
            ELSE list_append(string_split(s, delimiter)[1:n - 1], array_to_string(string_split(s, delimiter)[n:], delimiter)) END);
CREATE MACRO athena_split_part(s, delimiter, n) AS 
    athena_checked(n > 0, 'Index must be greater than zero',
        CASE WHEN delimiter = '' THEN CASE WHEN n <= length(s) THEN substr(s, n, 1) END 
            ELSE coalesce(nullif(split_part(s, delimiter, n), ''), string_split(s, delimiter)[n]) END);
CREATE MACRO athena_split_to_map(s, entry, pair) AS
    map_from_entries(list_transform(string_split(s, entry), LAMBDA e: struct_pack(k := split_part(e, pair, 1), v := substr(e, strpos(e, pair) + length(pair)))));
CREATE MACRO athena_reverse(x) AS struct_extract({
    'array': CASE WHEN athena_is_array(x) THEN list_reverse(athena_as_array(x)) END,
    'text': CASE WHEN NOT athena_is_array(x) THEN array_to_string(list_reverse(list_transform(range(1, length(TRY_CAST(x AS VARCHAR)) + 1), LAMBDA i: substr(CAST(x AS VARCHAR), i, 1))), '') END
}, CASE WHEN athena_is_array(x) THEN 'array' ELSE 'text' END);
CREATE MACRO athena_chr(n) AS chr(CAST(n AS INTEGER));
CREATE MACRO athena_codepoint(s) AS athena_checked(length(s) = 1, 'codepoint takes one character', unicode(s));
CREATE MACRO athena_levenshtein_distance(a, b) AS levenshtein(a, b);
CREATE MACRO athena_hamming_distance(a, b) AS hamming(a, b);
CREATE MACRO athena_concat_ws(separator, a) AS CASE WHEN athena_is_array(a) THEN array_to_string(athena_as_array(a), separator) ELSE concat_ws(separator, a) END,
    (separator, a, b) AS concat_ws(separator, a, b), (separator, a, b, c) AS concat_ws(separator, a, b, c),
    (separator, a, b, c, d) AS concat_ws(separator, a, b, c, d);

CREATE MACRO athena_regexp_like(s, pattern) AS regexp_matches(s, pattern);
CREATE MACRO athena_regexp_extract(s, pattern) AS CASE WHEN regexp_matches(s, pattern) THEN regexp_extract(s, pattern) END,
    (s, pattern, n) AS     CASE WHEN regexp_matches(s, pattern) THEN regexp_extract(s, pattern, n) END;
CREATE MACRO athena_regexp_extract_all(s, pattern) AS regexp_extract_all(s, pattern), (s, pattern, n) AS regexp_extract_all(s, pattern, n);
CREATE MACRO athena_regexp_replace(s, pattern) AS regexp_replace(s, pattern, '', 'g'),
    (s, pattern, replacement) AS regexp_replace(s, pattern, replacement, 'g');
CREATE MACRO athena_regexp_count(s, pattern) AS len(regexp_extract_all(s, pattern));
CREATE MACRO athena_regexp_split(s, pattern) AS string_split_regex(s, pattern);

CREATE MACRO athena_to_utf8(s) AS encode(s);
CREATE MACRO athena_from_utf8(b) AS decode(b);
CREATE MACRO athena_to_hex(b) AS hex(b);
CREATE MACRO athena_from_hex(s) AS athena_checked(length(s) % 2 = 0, 'Hex digits come in pairs', unhex(s));
CREATE MACRO athena_md5(b) AS unhex(md5(b));
CREATE MACRO athena_sha1(b) AS unhex(sha1(b));
CREATE MACRO athena_sha256(b) AS unhex(sha256(b));
CREATE MACRO athena_to_base64(b) AS to_base64(b);
CREATE MACRO athena_from_base64(s) AS from_base64(s);
