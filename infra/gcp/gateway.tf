# One address for the dashboard and the API: Cloud Run gives each function its own. See infra/gateway/Dockerfile.

resource "google_cloud_run_v2_service" "gateway" {
  count = var.gateway_image == "" ? 0 : 1

  name                = "tickwork-gateway"
  location            = var.region
  ingress             = "INGRESS_TRAFFIC_ALL"
  deletion_protection = false

  template {
    service_account                  = google_service_account.account["gateway"].email
    timeout                          = "60s"
    max_instance_request_concurrency = 250
    scaling {
      min_instance_count = 0
      max_instance_count = 10
    }
    containers {
      image = var.gateway_image
      resources {
        limits   = { cpu = "1", memory = "256Mi" }
        cpu_idle = true
      }
      dynamic "env" {
        for_each = local.public
        content {
          name  = upper(env.key)
          value = google_cloud_run_v2_service.function[env.key].uri
        }
      }
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "gateway" {
  count = var.gateway_image == "" ? 0 : 1

  name     = google_cloud_run_v2_service.gateway[0].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "allUsers"
}
