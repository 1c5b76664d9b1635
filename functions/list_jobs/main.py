"""Every read: lists, one job, counts, statistics, types, health, the API's description."""

import functions_framework

from tickwork.api.endpoint import Call, Reply, endpoint
from tickwork.api.queries import READS


@functions_framework.http
@endpoint("list_jobs")
def list_jobs(call: Call) -> Reply:
    return READS[call.name](call)
