"""RDS Proxy: by the vCPUs or the capacity units of the database behind it."""

from __future__ import annotations

from dataclasses import dataclass

from lambdaplan.numbers import Number
from lambdaplan.services.metered import Meter, MeteredUsage, quantity


@dataclass(frozen=True)
class RdsProxyUsage(MeteredUsage):
    """A proxy, paid by the hour and vCPU of the database instance, or by the ACU of Aurora Serverless v2.

    References: Amazon RDS Proxy pricing, Amazon Web Services, as quoted in public notes: at least 2 vCPUs an instance,
    and 8 ACUs, which hours of a usage document have in them.
    """

    title = "RDS Proxy"
    colour = "#6f93c9"
    SERVICE = "rds_proxy"
    METERS = (
        Meter("vcpu_hours", "vcpu_hour", "RDS Proxy, vCPUs"),
        Meter("acu_hours", "acu_hour", "RDS Proxy, Aurora capacity units"),
    )

    vcpu_hours: Number = quantity("vCPUs of the database x hours", "vCPU-h")
    acu_hours: Number = quantity("capacity units of the database x hours", "ACU-h")
