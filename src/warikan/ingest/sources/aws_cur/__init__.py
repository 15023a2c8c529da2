"""AWS Cost and Usage Reports: legacy CSV and Parquet, and CUR 2.0. See docs/sources/aws_cur.md."""
