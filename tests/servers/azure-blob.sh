#!/usr/bin/env bash
# Azure Blob Storage, as Microsoft's Azurite emulates it: a tag for each version, 412 for a stale tag, 409 for a blob that exists.
NAME=azure-blob; . "$(dirname "$0")/_lib.sh"
do_install() { lab_npm azurite "azurite@${AZURITE_VERSION:-3}"; }
do_start() {
  local run=$LAB/azurite/run-$PORT; rm -rf "$run"; mkdir -p "$run"
  say "http://127.0.0.1:$PORT/devstoreaccount1/lab/"
  lab_front azure-blob "$LAB/azurite/node_modules/.bin/azurite-blob" --blobHost 127.0.0.1 --blobPort $((PORT+1)) \
    --location "$run" --silent --skipApiVersionCheck --disableTelemetry
}
lab_main "$@"
