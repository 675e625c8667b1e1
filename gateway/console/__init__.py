"""console: the pages where officers review quarantine, and staff ask what would happen.

In      requests of browsers and programs over HTTP
Out     pages; *instructions* in the store, which the daemon carries out
Laws    it holds no keys and opens no content: what officers see are findings, masked; every route declares one
        permission; nothing changes on GET but one's session and the record of what was taken away; an act needs a
        session, the same origin and the session's form token
Fails   an error of the tree becomes a page that says what is wrong and what to do, and holds no content

A request's walk, and the rooms from the top floor down (`pyproject.toml` has the floors, and nothing climbs):

    serve, app    what listens, and the application: every page at its address
    pages         what people do, a module each; templates/ and static/ are what they show and load
    api, sign_in  the same acts for programs; who somebody is
    transfers     every transfer and what became of it ┐
    ledger        its entries in words                 │ what is shown, as values:
    held          what waits for officers              │ no page and no template
    policy        what decides, and what it would say  ┘
    entrance      what a request passes before its page: in time, for us, whose it is, may they
    routes        what a page declares
    frame         what every page stands in: the visit, the desk, and what makes the answer
    roles, words  who may do what; English and Welsh
"""
