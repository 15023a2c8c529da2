"""
What several tools measured of clusters, from their reports to hours: shared by the sources that read them.

A source says in ``columns.toml`` what its reports hold (columns.py), staging.py types them, the source's
``views.sql`` shows them as windows of pods, nodes, volumes, load balancers and namespaces, spread.py cuts
windows into hours, and reports.py is the UsageSource over all of it.
"""
