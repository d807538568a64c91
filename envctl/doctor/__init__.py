"""`envctl doctor`: an environment, the way to its instance, and what stands in the way, check by check.

A check never raises for what it finds wrong: that is what it is for. Nothing is written; what asking for
rights leaves in Airflow's event log is said in `rights.py`.
"""
