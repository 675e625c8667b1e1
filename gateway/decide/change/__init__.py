"""change: what another policy would decide otherwise.

In      two policies; or one, and what was decided before, as its circumstances
Out     the difference in words (`compare`), inputs that are decided otherwise (`changed`, made plain by `plainer`),
        golden cases of either that are (`changed_cases`), and what became of recorded deliveries (`replay`)
Laws    what is called exact is: what is not found is not there; the rest is said to be examples
Fails   never
"""
