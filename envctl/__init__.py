"""envctl keeps what makes one Airflow differ from another in git, and brings each instance in line."""

__version__ = "0.1.0"
