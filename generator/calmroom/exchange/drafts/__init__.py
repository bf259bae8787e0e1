"""A draft record from what people have: chats, pagers, status pages, trackers, alerts.

`formats` names every form that is read, one module each; what they give is `said.Said`. `draft` makes a record of it.
"""
