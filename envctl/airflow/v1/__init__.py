"""API v1, that of Airflow 2: no bulk requests, lists that leave things out, and Variables in clear."""
