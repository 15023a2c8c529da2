-- Tags in the forms that bills have, to MAP(VARCHAR, VARCHAR). Values that are not text become compact JSON text;
-- a null value stays a key with a null value; of a repeated key the last value counts.

-- A JSON object, the plain form. Repeated keys are not looked for here.
CREATE OR REPLACE TEMP MACRO plain_tags(v) AS from_json(v, '"MAP(VARCHAR, VARCHAR)"');

CREATE OR REPLACE TEMP MACRO has_plain_tags(v) AS
    CASE
        WHEN v IS NULL THEN true
        WHEN NOT json_valid(v) THEN false
        WHEN json_type(v) <> 'OBJECT' THEN false
        ELSE len(list_distinct(json_keys(v))) = len(json_keys(v))
    END;

-- JSON text, given the braces that Azure's native form lacks; NULL where it is none.
CREATE OR REPLACE TEMP MACRO tags_json(v) AS
    CASE WHEN json_valid(v) THEN v WHEN json_valid('{' || v || '}') THEN '{' || v || '}' END;

-- [{key, value}] of an object or of an array of pairs.
CREATE OR REPLACE TEMP MACRO tag_entries(j) AS
    CASE json_type(j)
        WHEN 'OBJECT' THEN map_entries(plain_tags(j))
        WHEN 'ARRAY' THEN list_filter(
            from_json(
                replace(replace(j, '"Key"', '"key"'), '"Value"', '"value"'),
                '[{"key": "VARCHAR", "value": "VARCHAR"}]'
            ),
            lambda e: e.key IS NOT NULL
        )
    END;

CREATE OR REPLACE TEMP MACRO last_wins(entries) AS
    map_from_entries(list_filter(
        entries,
        lambda e, i: NOT list_contains(list_transform(entries[i + 1:], lambda later: later.key), e.key)
    ));

-- NULL where the value holds no tags; what is neither null nor empty is then kept in x_Extra.
CREATE OR REPLACE TEMP MACRO any_tags(v) AS
    CASE WHEN v IN ('{}', '[]') OR len(tag_entries(tags_json(v))) > 0 THEN last_wins(tag_entries(tags_json(v))) END;

-- The fields of a struct that have a value, as text like the above.
CREATE OR REPLACE TEMP MACRO struct_tags(v) AS
    CASE WHEN v IS NOT NULL THEN
        map_from_entries(list_filter(map_entries(plain_tags(to_json(v)::VARCHAR)), lambda e: e.value IS NOT NULL))
    END;
