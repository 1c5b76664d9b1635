# Who does what: no function has a role in the project, only on the single things it needs.

locals {
  titles = {
    api     = "Tickwork: the API's functions"
    runner  = "Tickwork: tick and run_jobs"
    beat    = "Tickwork: puts ticks into the queue"
    gateway = "Tickwork: the gateway, which may do nothing"
    clock   = "Tickwork: Cloud Scheduler and the tasks, who may call beat and tick"
  }
  secret_names = setunion(["DATABASE_URL", "REDIS_URL"], local.optional_secrets)
  readers = {
    for pair in distinct(flatten([
      for name, secrets in local.secrets : [for secret in secrets : { account = local.accounts[name], secret = secret }]
    ])) : "${pair.account} ${pair.secret}" => pair
  }
}

resource "google_service_account" "account" {
  for_each = local.titles

  account_id   = "tickwork-${each.key}"
  display_name = each.value
}

# Terraform makes the secrets, never their values: those would stand in its state.
#   printf %s "$DATABASE_URL" | gcloud secrets versions add DATABASE_URL --data-file=-
resource "google_secret_manager_secret" "secret" {
  for_each = local.secret_names

  secret_id = each.value
  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = local.readers

  secret_id = google_secret_manager_secret.secret[each.value.secret].id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${google_service_account.account[each.value.account].email}"
}
