"""
Any server that speaks Prometheus' HTTP API, read into hours of nodes, containers, volumes and load balancers.

Needed in the cluster: kube-state-metrics and cAdvisor (the kubelet), nothing of ours. client.py asks,
metrics.toml says which series under which names, queries.py keeps each query under the sample limit,
staging.py puts answers into DuckDB, the .sql files reduce them, collect.py is the door.
"""
