"""Prices in USD, each with where it was read and when; none of them is asked for anew. Month = 30 days."""

from typing import NamedTuple

EUR = 1.16  # USD, as known in 2025


class Price(NamedTuple):
    """`usd` for one `unit`; the first `free` units of a month cost nothing."""

    usd: float
    unit: str
    source: str
    seen: str
    free: float = 0


READ = "archived page, read 2026-11-24"
KNOWN = "as known in 2025, not read again"

PRICES = {
    "cloud_run_cpu": Price(0.000024, "vCPU-second", "cloud.google.com/run/pricing, tier 1", READ, 180_000),
    "cloud_run_memory": Price(0.0000025, "GiB-second", "cloud.google.com/run/pricing, tier 1", READ, 360_000),
    "cloud_run_request": Price(0.40e-6, "request", "cloud.google.com/run/pricing", READ, 2_000_000),
    "cloud_tasks": Price(0.40e-6, "operation", "cloud.google.com/tasks/pricing", READ, 1_000_000),
    "cloud_scheduler": Price(0.10, "job-month", "cloud.google.com/scheduler/pricing", KNOWN, 3),
    "cloud_sql_cpu": Price(0.0413, "vCPU-hour", "usage.ai on Cloud SQL Enterprise, us-central1", "May 2026"),
    "cloud_sql_memory": Price(0.007, "GiB-hour", "usage.ai on Cloud SQL Enterprise, us-central1", "May 2026"),
    "cloud_sql_micro": Price(0.0105, "hour of db-f1-micro", "Cloud SQL, us-central1", KNOWN),
    "cloud_sql_disk": Price(0.17, "GB-month", "Cloud SQL, SSD", KNOWN),
    "compute_cpu": Price(0.0218, "vCPU-hour", "Compute Engine e2, us-central1", KNOWN),
    "compute_memory": Price(0.0029, "GiB-hour", "Compute Engine e2, us-central1", KNOWN),
    "lambda_memory": Price(0.0000166667, "GB-second", "aws.amazon.com/lambda/pricing, x86", KNOWN, 400_000),
    "lambda_request": Price(0.20e-6, "request", "aws.amazon.com/lambda/pricing", KNOWN, 1_000_000),
    "http_api": Price(1.00e-6, "request", "API Gateway, HTTP API", KNOWN),
    "sqs": Price(0.40e-6, "request", "cloudburn.io on SQS, us-east-1", "March 2026", 1_000_000),
    "eventbridge_scheduler": Price(1.00e-6, "call", "EventBridge Scheduler", KNOWN, 14_000_000),
    "rds_micro": Price(0.016, "hour of db.t4g.micro", "infratally.com on RDS, us-east-1", "2026"),
    "rds_cpu": Price(0.084, "vCPU-hour with 4 GiB", "RDS db.m7g, us-east-1, by vCPU", KNOWN),
    "rds_disk": Price(0.115, "GB-month", "usage.ai on RDS gp3, us-east-1", "June 2026"),
    "elasticache_unit": Price(0.0023e-6, "ECPU", "usage.ai on ElastiCache Serverless for Valkey", "June 2026"),
    "elasticache_memory": Price(0.084, "GB-hour", "usage.ai on ElastiCache Serverless for Valkey", "June 2026"),
    "supabase_pro": Price(25, "month with Micro compute", "supabase.com/docs, manage-your-usage/compute", READ),
    "supabase_disk": Price(0.125, "GB-month", "Supabase, disk", READ, 8),
    "supabase_cpu": Price(0.0719, "vCPU-hour with 4 GiB", "supabase.com/docs, compute-add-ons: XL by vCPU", READ),
    "upstash": Price(0.20e-5, "command", "upstash.com/pricing/redis, as captured by flexprice.io", "2026-11-09"),
    "machine": Price(
        0.006 * EUR, "hour of 2 vCPU, 4 GB", "docs.cnap.tech on Hetzner cx23; dearer since June 2026", READ
    ),
    "machine_cpu": Price(0.016 / 3 * EUR, "vCPU-hour", "docs.cnap.tech on Hetzner cpx32, by vCPU", READ),
    "machine_disk": Price(0.044 * EUR, "GB-month", "Hetzner volumes", KNOWN),
}


def cost(name: str, units: float, free: bool = False) -> float:
    """USD for `units` in a month; with `free`, what is free is taken off."""
    price = PRICES[name]
    return price.usd * max(0.0, units - (price.free if free else 0))
