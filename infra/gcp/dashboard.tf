# The dashboard's files in a bucket, which everyone may read: they hold no data and no secret. A bucket cannot send
# headers of one's own choice; put a load balancer with the headers of frontend/public/_headers in front of it, or use a
# static host that reads that file.

resource "google_storage_bucket" "dashboard" {
  count = var.dashboard_bucket == "" ? 0 : 1

  name                        = var.dashboard_bucket
  location                    = var.region
  uniform_bucket_level_access = true
  website {
    main_page_suffix = "index.html"
    not_found_page   = "index.html"
  }
}

resource "google_storage_bucket_iam_member" "dashboard" {
  count = var.dashboard_bucket == "" ? 0 : 1

  bucket = google_storage_bucket.dashboard[0].name
  role   = "roles/storage.objectViewer"
  member = "allUsers"
}

resource "google_compute_backend_bucket" "dashboard" {
  count = var.dashboard_bucket == "" ? 0 : 1

  name        = "tickwork-dashboard"
  bucket_name = google_storage_bucket.dashboard[0].name
  enable_cdn  = true
  custom_response_headers = [
    for rule in local.dashboard_headers : "${rule.name}: ${rule.value}"
  ]
}

locals {
  # The headers of all paths: the lines that follow "/*" in the file.
  header_lines = split("\n", element(split("\n/", trimprefix(file("${path.module}/../../frontend/public/_headers"), "/*\n")), 0))
  dashboard_headers = [
    for line in local.header_lines : {
      name  = trimspace(element(split(":", line), 0))
      value = trimspace(trimprefix(trimspace(line), "${trimspace(element(split(":", line), 0))}:"))
    } if trimspace(line) != ""
  ]
}
