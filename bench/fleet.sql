-- One row per (resource, hour): a steady hourly fleet, FOCUS 1.2, money in decimals as FOCUS says.
-- Parameters: $resources, $start, $hours.
WITH resources AS (
    SELECT
        i,
        ['payments', 'search', 'checkout', 'catalog', 'media', 'ledger', 'login', 'feed', 'mail', 'stats'][1 + i % 10] AS service,
        ['Amazon Elastic Compute Cloud', 'Amazon Relational Database Service', 'Amazon Simple Storage Service',
         'AWS Lambda', 'Amazon DynamoDB', 'Amazon Elastic Block Store'][1 + (i // 3) % 6] AS provider_service,
        ['Compute', 'Databases', 'Storage', 'Compute', 'Databases', 'Storage'][1 + (i // 3) % 6] AS category,
        ['Virtual Machines', 'Relational Databases', 'Object Storage', 'Serverless Compute',
         'NoSQL Databases', 'Block Storage'][1 + (i // 3) % 6] AS subcategory,
        ['ap-northeast-1', 'us-east-1', 'eu-west-1'][1 + (i // 7) % 3] AS region,
        (100000000000 + (i // 11) % 12)::VARCHAR AS account,
        (hash(i) % 900 + 17)::DECIMAL(9, 0) * 0.001 AS price
    FROM range($resources) AS r(i)
),
hours AS (SELECT $start::TIMESTAMP + to_hours(h::INTEGER) AS hour FROM range($hours) AS h(h))
SELECT
    'AWS' AS "ProviderName", 'AWS' AS "PublisherName", 'Amazon Web Services, Inc.' AS "InvoiceIssuerName",
    'INV-' || strftime(hour, '%Y-%m') AS "InvoiceId",
    '999999999999' AS "BillingAccountId", 'Payer' AS "BillingAccountName", 'Payer Account' AS "BillingAccountType",
    account AS "SubAccountId", 'acct-' || account AS "SubAccountName", 'Linked Account' AS "SubAccountType",
    date_trunc('month', hour) AS "BillingPeriodStart",
    date_trunc('month', hour) + INTERVAL 1 MONTH AS "BillingPeriodEnd",
    hour AS "ChargePeriodStart",
    hour + INTERVAL 1 HOUR AS "ChargePeriodEnd",
    'Usage' AS "ChargeCategory", NULL::VARCHAR AS "ChargeClass",
    '$' || price || ' per hour of ' || provider_service AS "ChargeDescription", 'Usage-Based' AS "ChargeFrequency",
    quantity * price * 0.9 AS "BilledCost", quantity * price * 0.8 AS "EffectiveCost",
    quantity * price AS "ListCost", quantity * price * 0.9 AS "ContractedCost",
    price AS "ListUnitPrice", price * 0.9 AS "ContractedUnitPrice",
    'Standard' AS "PricingCategory", quantity AS "PricingQuantity", 'Hours' AS "PricingUnit",
    'USD' AS "PricingCurrency", price * 0.9 AS "PricingCurrencyContractedUnitPrice",
    quantity * price * 0.8 AS "PricingCurrencyEffectiveCost", price AS "PricingCurrencyListUnitPrice",
    'USD' AS "BillingCurrency", quantity AS "ConsumedQuantity", 'Hours' AS "ConsumedUnit",
    provider_service AS "ServiceName", category AS "ServiceCategory", subcategory AS "ServiceSubcategory",
    'SKU' || (i // 3) % 60 AS "SkuId", 'BoxUsage:m' || (i // 3) % 12 AS "SkuMeter",
    'SKU' || (i // 3) % 60 || '.P' AS "SkuPriceId",
    '{"InstanceType":"m' || (i // 3) % 12 || '.large","CoreCount":2}' AS "SkuPriceDetails",
    'arn:aws:ec2:' || region || ':' || account || ':instance/i-' || lpad(to_hex(i * 7919), 12, '0') AS "ResourceId",
    service || '-' || i AS "ResourceName", 'Instance' AS "ResourceType",
    region AS "RegionId", upper(region) AS "RegionName", region || 'a' AS "AvailabilityZone",
    NULL::VARCHAR AS "CommitmentDiscountId", NULL::VARCHAR AS "CommitmentDiscountName",
    NULL::VARCHAR AS "CommitmentDiscountCategory", NULL::VARCHAR AS "CommitmentDiscountType",
    NULL::VARCHAR AS "CommitmentDiscountStatus", NULL::DECIMAL(18, 6) AS "CommitmentDiscountQuantity",
    NULL::VARCHAR AS "CommitmentDiscountUnit", NULL::VARCHAR AS "CapacityReservationId",
    NULL::VARCHAR AS "CapacityReservationStatus",
    CASE
        WHEN i % 13 = 0 THEN '{}'
        ELSE '{"service":"' || service || '","env":"' || ['prod', 'prod', 'staging'][1 + i % 3]
            || '","team":"' || ['commerce', 'discovery', 'platform'][1 + i % 3] || '"}'
    END AS "Tags",
    'BoxUsage' AS "x_UsageType"
FROM hours
CROSS JOIN (SELECT * FROM resources) AS resources
CROSS JOIN LATERAL (SELECT (1 + hash(i, hour) % 1000)::DECIMAL(9, 0) * 0.001 AS quantity)
