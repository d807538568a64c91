"""Objects that Airflow reads from its secrets backend in Vault: layout, reading, and writing them there."""
