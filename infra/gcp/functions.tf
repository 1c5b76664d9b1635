# One Cloud Run service for each function of infra/functions.json, which is written from infra/functions.py.

locals {
  functions = jsondecode(file("${path.module}/../functions.json"))
  public    = { for name, function in local.functions : name => function if function.public }
  private   = { for name, function in local.functions : name => function if !function.public }

  # Cloud Run checks the caller's OIDC token and takes its signature off before the function sees it.
  settings = merge({ GOOGLE_CLOUD_PROJECT = var.project }, var.settings, { TICK_AUTH = "platform" })

  environment = {
    for name, function in local.functions : name => merge(
      { for setting in function.env : setting => local.settings[setting] if contains(keys(local.settings), setting) },
      name == "tick" && var.tick_by_secret ? { TICK_AUTH = "secret" } : {},
      { FUNCTION_TARGET = name, THREADS = "8" },
    )
  }
  secrets = {
    for name, function in local.functions : name => sort(setunion(
      function.secrets, setintersection(function.optional, local.optional_secrets)
    ))
  }
  optional_secrets = setunion(var.optional_secrets, var.tick_by_secret ? ["TICK_SECRET"] : [])
  accounts         = { for name, function in local.functions : name => function.public ? "api" : "runner" }
}

resource "google_cloud_run_v2_service" "function" {
  for_each = local.functions

  name     = "tickwork-${replace(each.key, "_", "-")}"
  location = var.region
  # What Cloud Tasks and Cloud Scheduler of the project send counts as internal.
  ingress             = contains(each.value.callers, "scheduler") && !var.tick_by_secret ? "INGRESS_TRAFFIC_INTERNAL_ONLY" : "INGRESS_TRAFFIC_ALL"
  deletion_protection = false

  template {
    service_account                  = google_service_account.account[local.accounts[each.key]].email
    timeout                          = "${each.value.timeout}s"
    max_instance_request_concurrency = each.value.concurrency
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"

    scaling {
      min_instance_count = 0
      max_instance_count = each.value.max_instances
    }

    containers {
      image = var.image
      resources {
        limits            = { cpu = "1", memory = "${each.value.memory_mib}Mi" }
        cpu_idle          = true
        startup_cpu_boost = true
      }
      dynamic "env" {
        for_each = local.environment[each.key]
        content {
          name  = env.key
          value = env.value
        }
      }
      dynamic "env" {
        for_each = local.secrets[each.key]
        content {
          name = env.value
          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.secret[env.value].secret_id
              version = "latest"
            }
          }
        }
      }
    }
  }

  depends_on = [google_secret_manager_secret_iam_member.reader]
}

# The API's functions ask for a key or a token themselves; tick and run_jobs are for those named here and nobody else.
resource "google_cloud_run_v2_service_iam_member" "public" {
  for_each = local.public

  name     = google_cloud_run_v2_service.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "allUsers"
}

resource "google_cloud_run_v2_service_iam_member" "tick_by_secret" {
  count = var.tick_by_secret ? 1 : 0

  name     = google_cloud_run_v2_service.function["tick"].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "allUsers"
}

resource "google_cloud_run_v2_service_iam_member" "private" {
  for_each = { tick = "clock", run_jobs = "runner" }

  name     = google_cloud_run_v2_service.function[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${google_service_account.account[each.value].email}"
}
