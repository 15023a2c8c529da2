"""
Azure cost details (EA, MCA, MPA, pay-as-you-go), actual and amortised: mapping.toml makes them FOCUS.

The tables beside it are made by tools/generate_azure_tables.py from Microsoft's open data (see NOTICE).
"""
