"""quarantine: what waits for an officer, and what officers decide.

In      a held delivery; an officer's instruction
Out     the delivery released (to be decided again, with the release as a fact) or refused
Laws    there is no back door: a release re-enters decide; only officers (of the settings, of the console) decide,
        and nobody on their own transfer; what is shown is masked
Fails   `NotPermitted`, `NotFound`
"""
