"""daemon: the process that carries transfers. Doors, runners, the ledger's writer, and the hands of the officers.

In      settings and a policy set that passed its proofs and cases
Out     a running gateway; a clean stop on SIGTERM and SIGINT
Laws    one daemon to a state folder; nothing is accepted before everything that could refuse to start has started;
        a policy that changes is put in force whole or not at all
Fails   `GatewayError` at the start, with the fix; later, a step that fails is counted and the rest goes on, and a
        policy that may not be put in force is told and leaves the running one
"""
