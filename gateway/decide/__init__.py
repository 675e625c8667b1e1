"""decide (sealed): from a policy and the facts to a verdict.

In      a `Policy` and `Facts` (who, to whom, by which route; marking, findings, gaps; an officer's release)
Out     a `Verdict`: outcome, reasons, obligations, and what would make it pass
Laws    total: every input has a verdict; deterministic: no clock, no order of files; the strictest outcome wins;
        no rule means hold; more is never milder; detectors raise to PROTECT and no further; a release is one fact
        among others and cannot outweigh a law
Fails   `Invalid` while parsing, with file:line:column; never while deciding
"""
