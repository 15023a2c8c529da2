"""
Whether the FOCUS datasets agree: commitments with usage, invoices with charges, periods with loads.

Everything is compared exactly, in SQL; what differs is listed with its money and the cause that explains it.
"""
