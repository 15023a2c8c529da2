"""Any table that ``warikan.yaml`` maps: SaaS, data centres, price-list rows (docs/sources/table.md)."""
