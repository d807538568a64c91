"""The only room that knows HTTP: transport, login, reading and writing over Airflow's REST API."""
