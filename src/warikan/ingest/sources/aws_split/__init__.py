"""
Split cost allocation rows of an AWS cost and usage report as hours of pods and of their instances.

Read are AWS's legacy report (CSV, CSV.gz with ``lineItem/...``, Parquet with ``line_item_...``) and CUR 2.0
(maps ``product`` and ``resource_tags``), hourly, daily or monthly. No cost column is read: the bill itself
is loaded as a source of charges, so that nothing counts twice. Which of the bill's own rows are split rows,
and that those are kept apart from what they split, is for the source that reads the bill.

Gaps of the rows, and what is done about them:

- They are of pods, not of containers: ``Container`` is ``(pod)``, which no container can be called. The uid
  of a pod is its own, from its ARN.
- Reserved usage is what was asked for, actual usage what was used (unknown where neither Amazon Managed
  Prometheus nor Container Insights told AWS), split usage what is demanded. AWS counts an instance's 16 GiB
  as 16 GB, so a GB-hour is 2^30 bytes for an hour.
- A report by day or month is spread evenly over its hours, which then have no sampled minute of their own.
  An hourly report tells no minutes either: an hour that has rows counts as sampled whole, and how long a
  pod ran in it (``RunSeconds``) as the hour.
- Instances are the parents of split rows: up as long as their own rows say, as large as ``vcpu``,
  ``memory`` and ``gpu`` of those say; else, as large as split usage and its ratio make them; else as what
  their pods demanded, with nothing free. What the system keeps is not told, so all of it counts as
  allocatable.
- AWS names a workload only where one controller owns the pod, and a Deployment only through its ReplicaSet.
- Volumes, load balancers and traffic are not split. Pods on Fargate have charges of their own and no split
  rows.
- Of rows that say the same of one pod, hour and resource the largest counts, so that a restated report
  beside the former one does not count twice.

columns.toml says what is read, views.sql what it means, ``warikan.ingest.measured`` does the rest.
"""
