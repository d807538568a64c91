"""An Airflow 2.11 beside an Airflow 3.3: one spec, and what both make of it."""
