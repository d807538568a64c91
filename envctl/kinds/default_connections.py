"""The connections that Airflow itself makes when asked for its defaults; envctl never deletes them.

Source: `create_default_connections` in airflow/utils/db.py of Airflow 3.3.2 (3.1 and 3.2 have the same) and
2.11.2.
"""

from __future__ import annotations

AIRFLOW_2_ONLY: frozenset[str] = frozenset({"tabular_default"})
AIRFLOW_3_ONLY: frozenset[str] = frozenset({"gremlin_default", "opensearch_default"})
_IN_BOTH: frozenset[str] = frozenset(
    [
        "airflow_db",
        "athena_default",
        "aws_default",
        "azure_batch_default",
        "azure_cosmos_default",
        "azure_data_explorer_default",
        "azure_data_lake_default",
        "azure_default",
        "cassandra_default",
        "databricks_default",
        "dingding_default",
        "drill_default",
        "druid_broker_default",
        "druid_ingest_default",
        "elasticsearch_default",
        "emr_default",
        "facebook_default",
        "fs_default",
        "ftp_default",
        "google_cloud_default",
        "hive_cli_default",
        "hiveserver2_default",
        "http_default",
        "iceberg_default",
        "impala_default",
        "kafka_default",
        "kubernetes_default",
        "kylin_default",
        "leveldb_default",
        "livy_default",
        "local_mysql",
        "metastore_default",
        "mongo_default",
        "mssql_default",
        "mysql_default",
        "opsgenie_default",
        "oracle_default",
        "oss_default",
        "pig_cli_default",
        "pinot_admin_default",
        "pinot_broker_default",
        "postgres_default",
        "presto_default",
        "qdrant_default",
        "redis_default",
        "redshift_default",
        "salesforce_default",
        "segment_default",
        "sftp_default",
        "spark_default",
        "sqlite_default",
        "ssh_default",
        "tableau_default",
        "teradata_default",
        "trino_default",
        "vertica_default",
        "wasb_default",
        "webhdfs_default",
        "yandexcloud_default",
        "ydb_default",
    ]
)

DEFAULT_CONNECTIONS = _IN_BOTH | AIRFLOW_2_ONLY | AIRFLOW_3_ONLY
"""Those of every version: whoever comes from Airflow 2 still has what it made."""
