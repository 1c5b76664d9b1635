#!/usr/bin/env bash
# Tickwork on Google Cloud by gcloud commands; the .tf files beside this do the same for those who use Terraform.
#   PROJECT=my-project REGION=europe-west1 IMAGE=…/tickwork:1 infra/gcp/deploy.sh
# First, once: the image in Artifact Registry and the secrets DATABASE_URL and REDIS_URL, API_KEY if there is one, in
# Secret Manager under those names (docs/DEPLOY.md). Run again after a change: every step may be repeated.
# Plain settings come from this shell's environment: CORS_ORIGINS, OIDC_ISSUER, STORAGE_URL, EMAIL_FROM, …
set -euo pipefail

if [[ -z "${PROJECT:-}" || -z "${REGION:-}" || -z "${IMAGE:-}" ]]; then
  echo "usage: PROJECT=my-project REGION=europe-west1 IMAGE=…/tickwork:1 $0" >&2
  echo "It also needs gcloud, signed in, and the secrets DATABASE_URL and REDIS_URL in the project's Secret Manager." >&2
  exit 2
fi
export TICK_AUTH=platform # Cloud Run checks the caller's OIDC token and takes its signature off before we see it
export GOOGLE_CLOUD_PROJECT="$PROJECT"

public=()

account() { echo "tickwork-$1@$PROJECT.iam.gserviceaccount.com"; }

make_account() { # NAME TITLE
  gcloud iam service-accounts describe "$(account "$1")" --project="$PROJECT" >/dev/null 2>&1 ||
    gcloud iam service-accounts create "tickwork-$1" --project="$PROJECT" --display-name="$2"
}

allow_secret() { # SECRET ACCOUNT
  gcloud secrets add-iam-policy-binding "$1" --project="$PROJECT" --condition=None \
    --member="serviceAccount:$(account "$2")" --role=roles/secretmanager.secretAccessor >/dev/null
}

exists() { gcloud secrets describe "$1" --project="$PROJECT" >/dev/null 2>&1; }

plain() { # NAME … → ^|^A=b|C=d of those that are set; the first sign names what divides them
  local name text=""
  for name in "$@"; do [[ -z "${!name:-}" ]] || text+="|$name=${!name}"; done
  echo "^|^${text#|}"
}

secret() { # NAME … → A=A:latest,B=B:latest
  local name text=""
  for name in "$@"; do text+=",$name=$name:latest"; done
  echo "${text#,}"
}

deploy() { # FUNCTION public|private CONCURRENCY MAX_INSTANCES SECONDS MIB ENV SECRETS OPTIONAL_SECRETS
  local account=api invoker=--allow-unauthenticated ingress=all name
  # shellcheck disable=SC2034 # read by plain()
  local FUNCTION_TARGET="$1"
  local -a settings secrets optional
  if [[ "$2" == public ]]; then public+=("$1"); else account=runner invoker=--no-allow-unauthenticated; fi
  [[ "$1" != tick ]] || ingress=internal # what Cloud Tasks of the project send counts as internal
  read -ra settings <<<"$7"
  read -ra secrets <<<"$8"
  read -ra optional <<<"$9"
  for name in "${optional[@]}"; do ! exists "$name" || secrets+=("$name"); done
  for name in "${secrets[@]}"; do allow_secret "$name" "$account"; done
  gcloud run deploy "tickwork-${1//_/-}" --project="$PROJECT" --region="$REGION" --image="$IMAGE" \
    --service-account="$(account "$account")" "$invoker" --ingress="$ingress" --execution-environment=gen2 --cpu=1 \
    --concurrency="$3" --max-instances="$4" --timeout="$5" --memory="${6}Mi" \
    --set-env-vars="$(plain FUNCTION_TARGET "${settings[@]}")" --set-secrets="$(secret "${secrets[@]}")" --quiet
}

url() { gcloud run services describe "tickwork-$1" --project="$PROJECT" --region="$REGION" --format='value(status.url)'; }

may_call() { # SERVICE ACCOUNT
  gcloud run services add-iam-policy-binding "tickwork-$1" --project="$PROJECT" --region="$REGION" \
    --member="serviceAccount:$(account "$2")" --role=roles/run.invoker >/dev/null
}

gcloud services enable run.googleapis.com cloudscheduler.googleapis.com cloudtasks.googleapis.com \
  secretmanager.googleapis.com --project="$PROJECT"

make_account api "Tickwork: the API's functions"
make_account runner "Tickwork: tick and run_jobs"
make_account beat "Tickwork: puts ticks into the queue"
make_account clock "Tickwork: Cloud Scheduler and the tasks, who may call beat and tick"

# functions: python -m infra.render
deploy cancel_job public 8 20 60 512 "GOOGLE_CLOUD_PROJECT LOG_LEVEL REDACT_FIELDS STATEMENT_SECONDS INDEX_SHARDS PRIORITY_STEP_SECONDS CORS_ORIGINS OIDC_AUDIENCE OIDC_CLIENT_ID OIDC_ISSUER OIDC_ROLE_CLAIM SUPABASE_URL FAILED_SIGN_INS_PER_MINUTE JOBS_PER_DAY RATE_LIMIT_PER_MINUTE TRUSTED_PROXIES" "DATABASE_URL REDIS_URL" "API_KEY"
deploy create_job public 8 20 60 512 "GOOGLE_CLOUD_PROJECT LOG_LEVEL REDACT_FIELDS STATEMENT_SECONDS INDEX_SHARDS PRIORITY_STEP_SECONDS CORS_ORIGINS OIDC_AUDIENCE OIDC_CLIENT_ID OIDC_ISSUER OIDC_ROLE_CLAIM SUPABASE_URL FAILED_SIGN_INS_PER_MINUTE JOBS_PER_DAY RATE_LIMIT_PER_MINUTE TRUSTED_PROXIES" "DATABASE_URL REDIS_URL" "API_KEY"
deploy list_jobs public 8 20 60 512 "GOOGLE_CLOUD_PROJECT LOG_LEVEL REDACT_FIELDS STATEMENT_SECONDS INDEX_SHARDS PRIORITY_STEP_SECONDS CORS_ORIGINS OIDC_AUDIENCE OIDC_CLIENT_ID OIDC_ISSUER OIDC_ROLE_CLAIM SUPABASE_URL FAILED_SIGN_INS_PER_MINUTE JOBS_PER_DAY RATE_LIMIT_PER_MINUTE TRUSTED_PROXIES AWS_REGION EMAIL_FROM HTTP_ALLOW_HOSTS TICK_SILENCE_SECONDS" "DATABASE_URL REDIS_URL" "API_KEY SMTP_URL WEBHOOK_SECRET"
deploy manage_alerts public 8 20 60 512 "GOOGLE_CLOUD_PROJECT LOG_LEVEL REDACT_FIELDS STATEMENT_SECONDS INDEX_SHARDS PRIORITY_STEP_SECONDS CORS_ORIGINS OIDC_AUDIENCE OIDC_CLIENT_ID OIDC_ISSUER OIDC_ROLE_CLAIM SUPABASE_URL FAILED_SIGN_INS_PER_MINUTE JOBS_PER_DAY RATE_LIMIT_PER_MINUTE TRUSTED_PROXIES AWS_REGION EMAIL_FROM HTTP_ALLOW_HOSTS" "DATABASE_URL REDIS_URL" "API_KEY SMTP_URL WEBHOOK_SECRET"
deploy manage_keys public 8 20 60 512 "GOOGLE_CLOUD_PROJECT LOG_LEVEL REDACT_FIELDS STATEMENT_SECONDS INDEX_SHARDS PRIORITY_STEP_SECONDS CORS_ORIGINS OIDC_AUDIENCE OIDC_CLIENT_ID OIDC_ISSUER OIDC_ROLE_CLAIM SUPABASE_URL FAILED_SIGN_INS_PER_MINUTE JOBS_PER_DAY RATE_LIMIT_PER_MINUTE TRUSTED_PROXIES" "DATABASE_URL REDIS_URL" "API_KEY"
deploy retry_job public 8 20 60 512 "GOOGLE_CLOUD_PROJECT LOG_LEVEL REDACT_FIELDS STATEMENT_SECONDS INDEX_SHARDS PRIORITY_STEP_SECONDS CORS_ORIGINS OIDC_AUDIENCE OIDC_CLIENT_ID OIDC_ISSUER OIDC_ROLE_CLAIM SUPABASE_URL FAILED_SIGN_INS_PER_MINUTE JOBS_PER_DAY RATE_LIMIT_PER_MINUTE TRUSTED_PROXIES" "DATABASE_URL REDIS_URL" "API_KEY"
deploy run_jobs private 1 50 120 1024 "GOOGLE_CLOUD_PROJECT LOG_LEVEL REDACT_FIELDS STATEMENT_SECONDS INDEX_SHARDS PRIORITY_STEP_SECONDS LEASE_SECONDS TICK_AUDIENCE TICK_AUTH TICK_CONCURRENCY TICK_SERVICE_ACCOUNT OTEL_EXPORTER_OTLP_ENDPOINT OTEL_SERVICE_NAME AWS_REGION EMAIL_FROM HTTP_ALLOW_HOSTS FONT_FOLDER STORAGE_PUBLIC_URL STORAGE_URL" "DATABASE_URL REDIS_URL" "SMTP_URL WEBHOOK_SECRET OTEL_EXPORTER_OTLP_HEADERS"
deploy tick private 1 4 120 1024 "GOOGLE_CLOUD_PROJECT LOG_LEVEL REDACT_FIELDS STATEMENT_SECONDS INDEX_SHARDS PRIORITY_STEP_SECONDS LEASE_SECONDS TICK_AUDIENCE TICK_AUTH TICK_CONCURRENCY TICK_SERVICE_ACCOUNT OTEL_EXPORTER_OTLP_ENDPOINT OTEL_SERVICE_NAME AWS_REGION EMAIL_FROM HTTP_ALLOW_HOSTS FONT_FOLDER STORAGE_PUBLIC_URL STORAGE_URL ALERT_DUE_LATE_SECONDS DISPATCH KEEP_AUDIT_SECONDS KEEP_COMPLETED_SECONDS KEEP_FAILED_SECONDS KEEP_IDEMPOTENCY_SECONDS MAX_BATCH QUEUE_DEPTH RECONCILE_SECONDS RUN_JOBS_QUEUE_URL RUN_JOBS_URL TICK_BUDGET_SECONDS TICK_LINGER_SECONDS TICK_SHARDS" "DATABASE_URL REDIS_URL" "SMTP_URL WEBHOOK_SECRET OTEL_EXPORTER_OTLP_HEADERS"
deploy update_job public 8 20 60 512 "GOOGLE_CLOUD_PROJECT LOG_LEVEL REDACT_FIELDS STATEMENT_SECONDS INDEX_SHARDS PRIORITY_STEP_SECONDS CORS_ORIGINS OIDC_AUDIENCE OIDC_CLIENT_ID OIDC_ISSUER OIDC_ROLE_CLAIM SUPABASE_URL FAILED_SIGN_INS_PER_MINUTE JOBS_PER_DAY RATE_LIMIT_PER_MINUTE TRUSTED_PROXIES" "DATABASE_URL REDIS_URL" "API_KEY"
# end of functions

# The five-second beat: Cloud Scheduler → beat, once a minute → twelve tasks → tick.
QUEUE="projects/$PROJECT/locations/$REGION/queues/tickwork-ticks"
gcloud tasks queues describe tickwork-ticks --project="$PROJECT" --location="$REGION" >/dev/null 2>&1 ||
  gcloud tasks queues create tickwork-ticks --project="$PROJECT" --location="$REGION" \
    --max-concurrent-dispatches=4 --max-attempts=1
gcloud tasks queues add-iam-policy-binding tickwork-ticks --project="$PROJECT" --location="$REGION" \
  --member="serviceAccount:$(account beat)" --role=roles/cloudtasks.enqueuer >/dev/null
gcloud iam service-accounts add-iam-policy-binding "$(account clock)" --project="$PROJECT" \
  --member="serviceAccount:$(account beat)" --role=roles/iam.serviceAccountUser >/dev/null

gcloud run deploy tickwork-beat --project="$PROJECT" --region="$REGION" --image="$IMAGE" \
  --service-account="$(account beat)" --no-allow-unauthenticated --ingress=internal --execution-environment=gen2 --cpu=1 \
  --concurrency=1 --max-instances=2 --timeout=30 --memory=512Mi \
  --set-env-vars="FUNCTION_TARGET=beat,FUNCTION_SOURCE=infra/gcp/beat/main.py,QUEUE=$QUEUE,TICK_URL=$(url tick),TICK_ACCOUNT=$(account clock)" \
  --quiet

# One address for all of it, when there is an image of infra/gateway/Dockerfile: GATEWAY_IMAGE=…
if [[ -n "${GATEWAY_IMAGE:-}" ]]; then
  upstreams=""
  for name in "${public[@]}"; do upstreams+=",${name^^}=$(url "${name//_/-}")"; done
  make_account gateway "Tickwork: the gateway, which may do nothing"
  gcloud run deploy tickwork-gateway --project="$PROJECT" --region="$REGION" --image="$GATEWAY_IMAGE" \
    --service-account="$(account gateway)" --allow-unauthenticated --ingress=all --execution-environment=gen2 --cpu=1 \
    --concurrency=250 --max-instances=10 --timeout=60 --memory=256Mi --set-env-vars="${upstreams#,}" --quiet
fi

may_call beat clock
may_call tick clock
may_call run-jobs runner

schedule=create
gcloud scheduler jobs describe tickwork-beat --project="$PROJECT" --location="$REGION" >/dev/null 2>&1 && schedule=update
gcloud scheduler jobs "$schedule" http tickwork-beat --project="$PROJECT" --location="$REGION" \
  --schedule="* * * * *" --time-zone=Etc/UTC --uri="$(url beat)" --http-method=POST --attempt-deadline=30s \
  --max-retry-attempts=1 --oidc-service-account-email="$(account clock)" --oidc-token-audience="$(url beat)"
