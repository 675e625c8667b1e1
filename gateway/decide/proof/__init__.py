"""proof: whether a policy keeps its laws for every input there is, and what is odd about it if it does.

In      a `Policy`
Out     a `Proof`: what was proved over how many classes of inputs, counterexamples and lints as sentences

        axes        the inputs, cut at the constants that the conditions name
        search      a box of inputs for which some rules speak and others are silent, or none
        universe    every input of one policy: findings and the tier they raise to go together
        rows        the rules as clauses, by what they do
        prove       laws, one by one; `milder`: more is never milder; `lints`: rules that change nothing; `exceptions`

Laws    exact where facts do not depend on one another, and on the safe side where they do: a policy that is proved
        keeps its laws; what conditions mean is asked of the tests that decide, and a counterexample is a real verdict
Fails   never; what takes too long to prove is not proved, and does not load
"""
