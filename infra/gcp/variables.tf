variable "project" {
  type        = string
  description = "Id of the Google Cloud project."
}

variable "region" {
  type        = string
  description = "One that has Cloud Run, Cloud Tasks and Cloud Scheduler."
  default     = "europe-west1"
}

variable "image" {
  type        = string
  description = "The image that the Dockerfile builds, in Artifact Registry, by digest."
}

variable "settings" {
  type        = map(string)
  description = "Plain settings, such as { CORS_ORIGINS = \"https://jobs.example.org\", EMAIL_FROM = \"jobs@example.org\" }; each function gets those that infra/functions.json names for it."
  default     = {}
}

variable "optional_secrets" {
  type        = set(string)
  description = "Which optional secrets exist: API_KEY, OTEL_EXPORTER_OTLP_HEADERS, SMTP_URL, WEBHOOK_SECRET."
  default     = ["API_KEY"]
}

variable "tick_by_secret" {
  type        = bool
  description = "Supabase's pg_cron ticks instead of Cloud Scheduler: everybody reaches tick, which asks for TICK_SECRET. Not with DISPATCH=http."
  default     = false
}

variable "gateway_image" {
  type        = string
  description = "The image that infra/gateway/Dockerfile builds; empty = each function has its own address only."
  default     = ""
}

variable "dashboard_bucket" {
  type        = string
  description = "A globally unique name for the bucket of the dashboard's files; empty = none."
  default     = ""
}
