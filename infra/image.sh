#!/usr/bin/env bash
# The image built and run once where there is neither Docker nor a registry of images: buildah builds the Dockerfile on a
# Debian base that debootstrap makes, and one function answers in a container of it. `make image`; needs root.
#   BASE=localhost/other:1 takes another base; KEEP=1 leaves the images in buildah's storage.
set -euo pipefail
cd "$(dirname "$0")/.."

export STORAGE_DRIVER="${STORAGE_DRIVER:-vfs}" BUILDAH_ISOLATION="${BUILDAH_ISOLATION:-chroot}"
PORT="${PORT:-18080}"
WORK="build/image"
IMAGE=localhost/tickwork:test
mkdir -p "$WORK"

tools() {
  command -v buildah >/dev/null && command -v debootstrap >/dev/null && return
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends buildah crun debootstrap
}

base() { # → the name of a base image with Python
  buildah inspect --type image localhost/debian-python:1 >/dev/null 2>&1 && return
  [[ -d "$WORK/rootfs/usr" ]] ||
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$WORK/rootfs" >"$WORK/debootstrap.log"
  local container
  container="$(buildah from scratch)"
  buildah copy --quiet "$container" "$WORK/rootfs" / >/dev/null
  buildah commit --quiet "$container" localhost/debian-python:1 >/dev/null
  buildah rm "$container" >/dev/null
}

build() {
  # The machine's certificates and pip's settings, where packages come from a mirror; mounted, so not in the image.
  local -a mounts=(--volume /etc/ssl/certs:/etc/ssl/certs:ro)
  [[ ! -f /etc/pip.conf ]] || mounts+=(--volume /etc/pip.conf:/etc/pip.conf:ro)
  buildah build --network host --build-arg BASE="${BASE:-localhost/debian-python:1}" "${mounts[@]}" --tag "$IMAGE" .
}

try() { # one function in a container answers what needs no store, and is not root
  local container log="$WORK/run.log" pid answer
  container="$(buildah from "$IMAGE")"
  buildah run --network host --env FUNCTION_TARGET=list_jobs --env PORT="$PORT" --env HOST=127.0.0.1 \
    --env DATABASE_URL=postgresql://nobody@127.0.0.1:9/none --env REDIS_URL=redis://127.0.0.1:9 "$container" -- \
    sh -c 'id -u; exec functions-framework --source=functions/list_jobs/main.py --target=list_jobs' >"$log" 2>&1 &
  pid=$!
  for _ in $(seq 100); do
    answer="$(curl --silent --max-time 2 "http://127.0.0.1:$PORT/openapi.json" || true)"
    [[ -z "$answer" ]] || break
    sleep 0.2
  done
  pkill --parent "$pid" 2>/dev/null || true
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  buildah rm "$container" >/dev/null
  [[ "$answer" == '{"openapi":"3'* ]] || { echo "The container does not answer:" && cat "$log" && return 1; }
  [[ "$(head -1 "$log")" == 65534 ]] || { echo "The container runs as $(head -1 "$log"), not as 65534" && return 1; }
}

tools
[[ -n "${BASE:-}" ]] || base
build
try
size="$(buildah images --format '{{.Size}}' "$IMAGE")"
[[ -n "${KEEP:-}" ]] || buildah rmi "$IMAGE" >/dev/null
echo "The image was built ($size) and answered as user 65534."
