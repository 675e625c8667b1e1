"""policy: the policy for people: what is in force, what was before, and what it would say of a delivery nobody sent."""
