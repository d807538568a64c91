"""Types of fields: how the nodes of a YAML file become typed values, with every mistake told."""
