"""The FOCUS datasets beside Cost and Usage: Contract Commitment, Invoice Detail, Billing Period."""
