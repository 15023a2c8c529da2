-- What the rules of rules.toml are written with. Nothing here reads a column; all of it is safe on hostile values.

-- A time as a plain one: the calendar of TIMESTAMPTZ takes ten times as long. The session's zone is UTC.
CREATE OR REPLACE TEMP MACRO plain_time(t) AS make_timestamp(epoch_us(t));
CREATE OR REPLACE TEMP MACRO month_of(t) AS date_trunc('month', make_timestamp(epoch_us(t)));
CREATE OR REPLACE TEMP MACRO instant_of(t) AS make_timestamptz(epoch_us(t::TIMESTAMP));

-- The UTC midnight whose date is that of a midnight somewhere on earth (UTC-10 to UTC+13).
CREATE OR REPLACE TEMP MACRO local_midnight(t) AS date_trunc('day', make_timestamp(epoch_us(t)) + INTERVAL 13 HOUR);

-- A word without case, spaces, hyphens and underscores.
CREATE OR REPLACE TEMP MACRO plain_word(v) AS lower(replace(replace(replace(v, ' ', ''), '-', ''), '_', ''));

-- A decimal in the fewest digits.
CREATE OR REPLACE TEMP MACRO digits_of(d) AS rtrim(rtrim(CAST(CAST(d AS DECIMAL(38, 18)) AS VARCHAR), '0'), '.');

-- a * b to the last digit, or NULL: two decimals of 19 digits whose places add up to 18 have a product of 38.
CREATE OR REPLACE TEMP MACRO product_at(a, b, x, y) AS CASE WHEN x = a AND y = b THEN CAST(x * y AS DECIMAL(38, 18)) END;
CREATE OR REPLACE TEMP MACRO exact_product(a, b) AS coalesce(
    product_at(a, b, try_cast(a AS DECIMAL(19, 9)), try_cast(b AS DECIMAL(19, 9))),
    product_at(a, b, try_cast(a AS DECIMAL(19, 12)), try_cast(b AS DECIMAL(19, 6))),
    product_at(a, b, try_cast(a AS DECIMAL(19, 6)), try_cast(b AS DECIMAL(19, 12))),
    product_at(a, b, try_cast(a AS DECIMAL(19, 15)), try_cast(b AS DECIMAL(19, 3))),
    product_at(a, b, try_cast(a AS DECIMAL(19, 3)), try_cast(b AS DECIMAL(19, 15)))
);

-- A quantity (never money): a / b to nine places; NULL where there is none.
CREATE OR REPLACE TEMP MACRO quotient(a, b) AS
    try_cast(round(CAST(a AS DOUBLE) / nullif(CAST(b AS DOUBLE), 0), 9) AS DECIMAL(38, 18));

-- Whether a is b times 10, 100 ... 1,000,000: a price that was taken by the block and multiplied by the unit.
CREATE OR REPLACE TEMP MACRO is_blocks_of(a, b) AS
    CASE WHEN b <> 0 AND a <> 0 AND sign(a) = sign(b) THEN
        log10(CAST(a AS DOUBLE) / CAST(b AS DOUBLE)) BETWEEN 0.5 AND 6.5
        AND abs(log10(CAST(a AS DOUBLE) / CAST(b AS DOUBLE)) - round(log10(CAST(a AS DOUBLE) / CAST(b AS DOUBLE)))) < 1e-9
    END;

-- A field of JSON text; NULL where the text is no JSON.
CREATE OR REPLACE TEMP MACRO json_field(v, path) AS
    CASE WHEN json_valid(v) THEN nullif(json_extract_string(v, path), '') END;

-- The exact sum of the amounts of a JSON array of credits; NULL where it is none, or an amount is no number.
CREATE OR REPLACE TEMP MACRO credit_amounts(v) AS
    CASE WHEN json_valid(v) AND json_type(v) = 'ARRAY' THEN
        list_transform(
            from_json(v, '["JSON"]'),
            lambda c: to_decimal(coalesce(json_extract_string(c, '$.Amount'), json_extract_string(c, '$.amount')))
        )
    END;
CREATE OR REPLACE TEMP MACRO credit_total(v) AS
    CASE WHEN len(credit_amounts(v)) = list_count(credit_amounts(v)) AND len(credit_amounts(v)) > 0
        AND list_max(list_transform(credit_amounts(v), lambda a: abs(a))) < 1000000000000000
        AND len(credit_amounts(v)) < 1000
    THEN list_sum(credit_amounts(v)) END;

-- The type in an Azure resource id: provider, type, and what is below it.
CREATE OR REPLACE TEMP MACRO azure_type(v) AS
    nullif(regexp_replace(
        regexp_extract(lower(v), '^.*/providers/([^/]+/[^/]+/[^/]+(?:/[^/]+/[^/]+)*)$', 1),
        '(/[^/]+)/[^/]+', '\1', 'g'
    ), '');

-- A unit as FOCUS writes it: GB-Hours, not "GB Hours", "GB/Hour" or "Gigabyte Per Hour".
CREATE OR REPLACE TEMP MACRO unit_over_time(v, word, plural) AS
    regexp_replace(
        v,
        '(?i)^([kmgtp]i?b|[a-z]*cpu|gpu|core|instance|node|server|port|gateway)(?: per |[ /])' || word || 's?$',
        '\1-' || plural
    );
CREATE OR REPLACE TEMP MACRO focus_unit(v) AS
    unit_over_time(unit_over_time(unit_over_time(
        regexp_replace(v, '(?i)^gigabytes?(?: storage)?(?: capacity)? ', 'GB '),
        'hour', 'Hours'), 'day', 'Days'), 'month', 'Months');
