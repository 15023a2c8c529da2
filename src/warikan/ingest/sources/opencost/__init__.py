"""
Answers of OpenCost's and Kubecost's ``/allocation`` and ``/assets`` as hours: files, or asked of a server.

Only quantities are taken. Their costs are left where they are, since they are list prices; the bill itself
says what a node cost.

Gaps of the answers, and what is done about them:

- An allocation is of a container where it was asked for by container (no ``aggregate``, or ``aggregate``
  with namespace, pod and container), else of a pod: then ``Container`` is ``(pod)``, which no container can
  be called. Allocations of namespaces or controllers alone have no pod and are refused.
- They have no uid of a pod: it is made of what names it, ``namespace/pod@node``, where *node* is the node's
  id at the provider. A pod that comes back under its name on the same node is one with the one before.
- Minutes are not in them. Demand is ``cpuCoreHours`` and ``ramByteHours``, OpenCost's own sum of the larger
  of request and usage, and never below the averages of either: where OpenCost's exporter was not scraped,
  it counts requests alone.
- A window longer than an hour is spread evenly over the hours in which the pod ran. Such hours have no
  sampled minute of their own (``SampledMinutes`` and the coverage say 0). Ask with ``step=1h``.
- Amounts are rounded to five decimals: 0.00001 of a core.
- A node without assets (only ``/allocation`` was exported) has as capacity what its pods demanded: nothing
  is free.
- GPUs: ``gpuHours`` is what was asked for; the share that was used is not told in one unit by all versions,
  so it is unknown.
- Volumes go by ``byteHours`` of a pod of the disk's size; load balancers by the hours of the pods behind
  them.
- ``__idle__`` is left out: what is free is computed here, of the real capacity.

client.py asks a server, answers.py and entries.sql type what was answered, views.sql says what it means,
and ``warikan.ingest.measured`` does the rest.
"""
