-- Products of money, prices and quantities, which DECIMAL(38, 18) itself has no room for.
--
-- a * b as DECIMAL(38, 18): both in two parts, of 9 decimals and of what is left. The product of the first parts
-- is exact; what is left over is below 10^-9, so that its product with the other's first part is exact to the
-- 18th decimal, and the product of both leftovers is below that. Right to 2 * 10^-18; NULL where a factor has
-- more than 10 digits before the point.
CREATE OR REPLACE TEMP MACRO times(a, b) AS
    list_transform(
        [{'a': try_cast(a AS DECIMAL(19, 9)), 'b': try_cast(b AS DECIMAL(19, 9)), 'x': a, 'y': b}],
        lambda p: CAST(p.a * p.b AS DECIMAL(38, 18))
            + CAST(
                CAST((p.x - p.a) * 1000000000 AS DECIMAL(10, 9)) * p.b * 0.000000001::DECIMAL(9, 9)
                AS DECIMAL(38, 18)
            )
            + CAST(
                CAST((p.y - p.b) * 1000000000 AS DECIMAL(10, 9)) * p.a * 0.000000001::DECIMAL(9, 9)
                AS DECIMAL(38, 18)
            )
    )[1];
