# The five-second beat: Cloud Scheduler → beat, once a minute → twelve tasks → tick.

resource "google_cloud_tasks_queue" "ticks" {
  name     = "tickwork-ticks"
  location = var.region

  rate_limits {
    max_concurrent_dispatches = 4
  }
  retry_config {
    max_attempts = 1
  }
}

resource "google_cloud_tasks_queue_iam_member" "beat" {
  name     = google_cloud_tasks_queue.ticks.name
  location = var.region
  role     = "roles/cloudtasks.enqueuer"
  member   = "serviceAccount:${google_service_account.account["beat"].email}"
}

# Whoever makes a task that carries an account's token must be allowed to act as that account.
resource "google_service_account_iam_member" "beat_as_clock" {
  service_account_id = google_service_account.account["clock"].name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${google_service_account.account["beat"].email}"
}

resource "google_cloud_run_v2_service" "beat" {
  name                = "tickwork-beat"
  location            = var.region
  ingress             = "INGRESS_TRAFFIC_INTERNAL_ONLY"
  deletion_protection = false

  template {
    service_account                  = google_service_account.account["beat"].email
    timeout                          = "30s"
    max_instance_request_concurrency = 1
    scaling {
      min_instance_count = 0
      max_instance_count = 2
    }
    containers {
      image = var.image
      resources {
        limits   = { cpu = "1", memory = "512Mi" }
        cpu_idle = true
      }
      env {
        name  = "FUNCTION_TARGET"
        value = "beat"
      }
      env {
        name  = "FUNCTION_SOURCE"
        value = "infra/gcp/beat/main.py"
      }
      env {
        name  = "QUEUE"
        value = google_cloud_tasks_queue.ticks.id
      }
      env {
        name  = "TICK_URL"
        value = google_cloud_run_v2_service.function["tick"].uri
      }
      env {
        name  = "TICK_ACCOUNT"
        value = google_service_account.account["clock"].email
      }
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "clock_calls_beat" {
  name     = google_cloud_run_v2_service.beat.name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${google_service_account.account["clock"].email}"
}

resource "google_cloud_scheduler_job" "beat" {
  name             = "tickwork-beat"
  region           = var.region
  schedule         = "* * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "30s"
  paused           = var.tick_by_secret

  retry_config {
    retry_count = 1
  }
  http_target {
    http_method = "POST"
    uri         = google_cloud_run_v2_service.beat.uri
    oidc_token {
      service_account_email = google_service_account.account["clock"].email
      audience              = google_cloud_run_v2_service.beat.uri
    }
  }
}
