"""sign_in: who somebody is, proved once, and then known by a session.

In      a name and password, a code, a passkey, or what the organisation's provider of identities says
Out     a session in the store; entries in the ledger about each sign-in and each refusal
Laws    the same answer in the same time whether or not there is such an account; a code, a challenge and a state are
        good for once; a new session id at every proof; nobody who may change or release something signs in with one
        factor; an unverified mail address proves nothing
Fails   `Refused` with words that do not say which part was wrong

A sign-in's walk: `pages` (what was sent) ─► `limits` (how often) ─► `passwords`, `codes`, `passkeys` or `provider` (is
it true) ─► `progress` (what is still owed; then the session).
"""
