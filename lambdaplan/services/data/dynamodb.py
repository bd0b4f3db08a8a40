"""DynamoDB: request units on demand, provisioned capacity, storage, backups and streams."""

from __future__ import annotations

from dataclasses import dataclass

from lambdaplan.numbers import Number
from lambdaplan.services.metered import Meter, MeteredUsage, quantity


@dataclass(frozen=True)
class DynamoDbUsage(MeteredUsage):
    """What tables of the standard class use.

    A write request unit writes up to 1 KB, a read request unit reads up to 4 KB strongly consistent (8 KB eventually);
    transactions take two. A capacity unit-hour is one unit a second, provisioned for an hour.

    References: Amazon DynamoDB pricing, Amazon Web Services, price map of 2025-08-28; always free: 25 GB, 25 write and
    25 read capacity units (18,600 unit-hours of 31 days), 2.5 million reads of streams.
    """

    title = "DynamoDB"
    colour = "#6f93c9"
    SERVICE = "dynamodb"
    METERS = (
        Meter("write_request_units", "write_request_units", "DynamoDB writes on demand"),
        Meter("read_request_units", "read_request_units", "DynamoDB reads on demand"),
        Meter("wcu_hours", "wcu_hours", "DynamoDB write capacity", "free_tier_wcu_hours"),
        Meter("rcu_hours", "rcu_hours", "DynamoDB read capacity", "free_tier_rcu_hours"),
        Meter("storage_gb", "storage_gb", "DynamoDB storage", "free_tier_storage_gb"),
        Meter("pitr_gb", "pitr_gb", "DynamoDB point-in-time recovery"),
        Meter("backup_gb", "backup_gb", "DynamoDB backups"),
        Meter("restored_gb", "restored_gb", "DynamoDB restores"),
        Meter("streams_reads", "streams_reads", "DynamoDB streams", "free_tier_streams_reads"),
    )

    write_request_units: Number = quantity("write request units on demand", "units")
    read_request_units: Number = quantity("read request units on demand", "units")
    wcu_hours: Number = quantity("provisioned write capacity", "WCU-h")
    rcu_hours: Number = quantity("provisioned read capacity", "RCU-h")
    storage_gb: Number = quantity("data stored, as a mean over the month", "GB")
    pitr_gb: Number = quantity("tables with point-in-time recovery, as a mean over the month", "GB")
    backup_gb: Number = quantity("backups kept, as a mean over the month", "GB")
    restored_gb: Number = quantity("data restored", "GB")
    streams_reads: Number = quantity("GetRecords calls of streams, but for those of Lambda, which are free", "requests")
