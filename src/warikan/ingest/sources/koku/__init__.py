"""
CSV reports of OpenShift's cost operator (Koku metrics operator) as hours.

Gaps of the reports, and what is done about them:

- They are of pods, not of containers: a row's ``Container`` is ``(pod)``, which no container can be called.
- They have no uid of a pod: it is made of what names it, ``namespace/pod@node``, where *node* is the node's
  id at the provider. A pod that comes back under its name on the same node is one with the one before.
- Minutes are not in them: the demand of an hour is the larger of what was asked for and what was used in
  it. A pod that asked for less than it used in one minute and for more in the next has a smaller demand
  than minute by minute.
- How long a pod ran is not in them: ``RunSeconds`` and ``SampledMinutes`` are its node's.
- Memory used is cAdvisor's ``container_memory_usage_bytes``, with the page cache, not the working set.
- A node is in them with the pods that ran on it; one without any is not. What the system keeps is not told,
  so all of a node's capacity counts as allocatable and system overhead is free capacity.
- Of several pods that share a volume one is named.
- Workloads are only in the resource optimisation reports (``ros-openshift-container``) and in KubeVirt's
  pod label; elsewhere a pod is its own workload.
- Traffic and load balancers are not in them. GPUs have no utilisation; a MIG device is its slices of seven.
- Virtual machines (``vm_usage``) run in pods that are in ``pod_usage``: their rows are passed over.

columns.toml says what is read, views.sql what it means, ``warikan.ingest.measured`` does the rest.
"""
