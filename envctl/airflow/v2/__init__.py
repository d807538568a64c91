"""API v2, that of Airflow 3."""
