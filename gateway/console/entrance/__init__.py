"""entrance: what a request passes before it reaches a page.

In      connections of browsers and programs
Out     a visit with who makes it, handed to its page; and the headers of every answer
Laws    whoever waits shuts out nobody; no page acts for who may not, nor on a form of another site
Fails   a refusal of HTTP that says what to do, and nothing of what was sent

A request's walk: `deadlines` (in time) ─► `headers` (of its answer) ─► `hosts` (is it for us) ─► `clients` (from
where) ─► `guard` (may they; by `sessions`, whose it is) ─► its page.
"""
