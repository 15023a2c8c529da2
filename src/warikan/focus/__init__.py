"""The vocabulary: FOCUS columns as data, money, periods, and every error. Imports nothing of ours."""
