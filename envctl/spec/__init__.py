"""Files into desired state: YAML with positions, layers, environments, typed entries, schemas."""
