-- Text to money and time, exactly. One macro a line of thought; each is NULL where the text is not a value.
--
-- DuckDB's own cast of text to DECIMAL rounds half up and turns 1.5e-19 into 0 without a word, so it is trusted
-- only with text that cannot have more than 18 decimals; everything else is taken apart digit by digit.

-- At most 18 decimals and no exponent, by length alone (19 characters hold a digit or a point, and 18 more).
CREATE OR REPLACE TEMP MACRO is_plain(v) AS
    NOT contains(v, 'e') AND NOT contains(v, 'E') AND NOT contains(v, '_')
    AND (strlen(v) <= 19 OR (contains(v, '.') AND strlen(v) - strpos(v, '.') <= 18));

-- Plain text to DECIMAL(38, 18). The cast to it takes 2 to 5 us a value where the whole part is not 0, that to
-- a decimal of 64 bits 0.04 us (DuckDB 1.5.6). So: short text (at most 12 decimals) and what begins with "0." by
-- one of those; longer text in two, its whole part and its decimals; what is left by the slow cast.
CREATE OR REPLACE TEMP MACRO plain_decimal(v) AS
    coalesce(
        CASE
            WHEN strlen(v) <= 13 THEN CAST(try_cast(v AS DECIMAL(18, 12)) AS DECIMAL(38, 18))
            WHEN v >= '0.' AND v < '0/' THEN CAST(try_cast(v AS DECIMAL(18, 18)) AS DECIMAL(38, 18))
        END,
        CASE
            WHEN NOT contains(v, '.') THEN CAST(try_cast(v AS DECIMAL(18, 0)) AS DECIMAL(38, 18))
            -- Apart, both casts would take spaces that stand in the middle.
            WHEN substr(v, strpos(v, '.') - 1, 1) NOT BETWEEN '0' AND '9' THEN NULL
            WHEN starts_with(v, '-')
                THEN CAST(try_cast(left(v, strpos(v, '.') - 1) AS DECIMAL(18, 0)) AS DECIMAL(38, 18))
                    - try_cast(substr(v, strpos(v, '.')) AS DECIMAL(18, 18))
            -- A first character that is a digit: not a space or a plus, behind which a sign may stand.
            WHEN v >= '0' AND v < ':'
                THEN CAST(try_cast(left(v, strpos(v, '.') - 1) AS DECIMAL(18, 0)) AS DECIMAL(38, 18))
                    + try_cast(substr(v, strpos(v, '.')) AS DECIMAL(18, 18))
        END,
        try_cast(v AS DECIMAL(38, 18))
    );

-- Whether a double is a decimal of at most 15 digits, which DECIMAL(18, 12) holds exactly: no two such decimals
-- are the same double, so the one that comes back from it is what it prints as.
CREATE OR REPLACE TEMP MACRO is_short_double(x) AS
    abs(x) < 1e3 AND CAST(try_cast(x AS DECIMAL(18, 12)) AS DOUBLE) = x;

-- is_plain of the text that a double prints as, which is seldom made: of at most 17 digits, what is not below 0.01
-- has at most 18 decimals, and from 0.0001 on nothing has an exponent.
CREATE OR REPLACE TEMP MACRO is_plain_double(x, is_short) AS
    CASE
        WHEN is_short OR (abs(x) >= 0.01 AND abs(x) < 1e15) THEN true
        WHEN abs(x) >= 1e-4 AND abs(x) < 0.01 THEN strlen(CAST(abs(x) AS VARCHAR)) <= 20
        ELSE false
    END;

-- Doubles print like 1.2345e-05: no more than 18 decimals once written out.
CREATE OR REPLACE TEMP MACRO is_short_scientific(v) AS
    strlen(v) <= 24 AND regexp_full_match(v, '-?[0-9](\.[0-9]+)?e-[0-9]{2}')
    AND if(contains(v, '.'), strpos(v, 'e') - strpos(v, '.') - 1, 0) + try_cast(right(v, 2) AS INTEGER) <= 18;

-- (sign, digits before the point, digits after it), the exponent applied; no digits: not a number.
CREATE OR REPLACE TEMP MACRO number_of(v) AS
    list_transform(
        [regexp_extract(
            trim(v), '^([+-]?)([0-9]*)[.]?([0-9]*)(?:[eE]([+-]?[0-9]{1,3}))?$',
            ['sign', 'whole', 'fraction', 'exponent']
        )],
        lambda p: {
            'sign': p.sign,
            'digits': p.whole || p.fraction,
            'point': CAST(length(p.whole) + coalesce(try_cast(p.exponent AS INTEGER), 0) AS INTEGER)
        }
    );

-- [(sign, whole, fraction)], the fraction followed by 18 zeros.
CREATE OR REPLACE TEMP MACRO written_out(v) AS
    list_transform(
        list_filter(number_of(v), lambda n: n.digits <> ''),
        lambda n: {
            'sign': if(n.sign = '-', -1, 1),
            'whole': ltrim(if(n.point <= 0, '', rpad(left(n.digits, n.point), n.point, '0')), '0'),
            'fraction': repeat('0', greatest(-n.point, 0)) || substr(n.digits, greatest(n.point, 0) + 1)
                || repeat('0', 18)
        }
    );

-- [(sign, kept, tail, up)]: kept has 18 decimals, tail is what follows them, up says that half-even rounds away.
CREATE OR REPLACE TEMP MACRO cut(v) AS
    list_transform(
        list_transform(
            written_out(v),
            lambda w: {
                'sign': w.sign,
                'kept': if(
                    length(w.whole) <= 20,
                    try_cast(w.whole || '.' || left(w.fraction, 18) AS DECIMAL(38, 18)), NULL
                ),
                'odd': right(left(w.fraction, 18), 1) IN ('1', '3', '5', '7', '9'),
                'tail': rtrim(substr(w.fraction, 19), '0')
            }
        ),
        lambda c: {
            'sign': c.sign, 'kept': c.kept, 'tail': c.tail,
            'up': c.tail > '5' OR (c.tail = '5' AND c.odd)
        }
    );

CREATE OR REPLACE TEMP MACRO exact_decimal(v) AS
    list_transform(
        cut(v),
        lambda c: CAST(c.sign AS DECIMAL(2, 0)) * CAST(
            CASE
                WHEN NOT c.up THEN c.kept
                WHEN c.kept < 99999999999999999999.999999999999999999 THEN c.kept + 0.000000000000000001
            END AS DECIMAL(38, 18)
        )
    )[1];

-- Text to DECIMAL(38, 18): exact up to 18 decimals, half-even beyond, up to 20 digits before the point.
CREATE OR REPLACE TEMP MACRO to_decimal(v) AS
    CASE
        WHEN v IS NULL THEN NULL
        WHEN is_plain(v) THEN plain_decimal(v)
        WHEN is_short_scientific(v) THEN try_cast(v AS DECIMAL(38, 18))
        ELSE try_cast(exact_decimal(v) AS DECIMAL(38, 18))
    END;

-- What rounding added, in units of 10^-36 (digits beyond the 36th do not count); NULL where nothing was rounded.
CREATE OR REPLACE TEMP MACRO rounding_of(v) AS
    CASE
        WHEN v IS NULL OR is_plain(v) OR is_short_scientific(v) THEN NULL
        ELSE list_transform(
            list_filter(cut(v), lambda c: c.tail <> '' AND c.kept IS NOT NULL),
            lambda c: CAST(c.sign AS HUGEINT) * (
                if(c.up, 1000000000000000000::HUGEINT, 0::HUGEINT)
                - CAST(left(rpad(c.tail, 18, '0'), 18) AS HUGEINT)
            )
        )[1]
    END;

-- A bill of before 1990 or after 2199 is a misread number ("24-10-01", "epoch", "infinity").
CREATE OR REPLACE TEMP MACRO in_range(t) AS
    CASE WHEN t >= TIMESTAMPTZ '1990-01-01 00:00:00+00' AND t < TIMESTAMPTZ '2200-01-01 00:00:00+00' THEN t END;

-- A time without a zone is UTC. The cast to it would ask the calendar, which takes ten times as long.
CREATE OR REPLACE TEMP MACRO naive_utc(t) AS
    CASE
        WHEN t >= TIMESTAMP '1990-01-01' AND t < TIMESTAMP '2200-01-01' THEN make_timestamptz(epoch_us(t))
    END;

-- Text to UTC: a space or T, with Z, an offset or nothing (UTC), a date alone. The session's zone is UTC.
-- CASE and not coalesce, from which DuckDB takes the trim that both patterns share and runs it for every value.
CREATE OR REPLACE TEMP MACRO to_utc(v) AS
    in_range(CASE
        WHEN try_cast(v AS TIMESTAMPTZ) IS NOT NULL THEN try_cast(v AS TIMESTAMPTZ)
        ELSE coalesce(
            try_cast(regexp_replace(trim(v), ' *(\+00:?00)? *(UTC|GMT|Z|z)$', 'Z') AS TIMESTAMPTZ),
            try_cast(regexp_replace(trim(v), '^(.{10}[T ]..:..)(Z|[+-]..:?..)$', '\1:00\2') AS TIMESTAMPTZ)
        )
    END);

-- A currency: an ISO 4217 code in any case, else the name of a virtual currency as given (FOCUS: tokens, credits).
CREATE OR REPLACE TEMP MACRO to_currency(v) AS
    CASE
        WHEN regexp_full_match(v, '[A-Z]{3}') THEN v
        WHEN regexp_full_match(trim(v), '[A-Za-z]{3}') THEN upper(trim(v))
        WHEN regexp_full_match(trim(v), '[A-Za-z][A-Za-z0-9 _.-]{2,63}') THEN trim(v)
    END;
