"""The verbs, on pure data: compare, diff, policy, apply. Kinds are passed in; no kind is named here."""
