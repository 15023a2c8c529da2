"""
The ledger of what happened to services: deploys, applies, scaling, prices, and what people tell by hand.

changes.py is the door. A delivery goes proof.py (who sent it) → document.py (is it JSON at all) → readers/
(one file a sender: what happened) → owners.py (to which service, and why) → rows.py (kept once).
A change stands beside cost in time; nothing here says that it caused anything.
"""
