"""console: the pages where officers review quarantine, and staff ask what would happen.

In      requests of browsers and programs over HTTP
Out     pages; *instructions* in the store, which the daemon carries out
Laws    it holds no keys and opens no content: what officers see are findings, masked; every route declares one
        permission; nothing changes on GET; an act needs a session, the same origin and the session's form token
Fails   an error of the tree becomes a page that says what is wrong and what to do, and holds no content

A request's walk: `guard` (whose is it, may they) ─► a page in `pages/`, `sign_in/` or `api/` ─► `render`.
"""
