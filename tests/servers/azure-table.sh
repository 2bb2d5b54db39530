#!/usr/bin/env bash
# Azure Table Storage (OData 3), as Microsoft's Azurite emulates it: weak tags that match, in a field and in `odata.etag`.
NAME=azure-table; . "$(dirname "$0")/_lib.sh"
do_install() { lab_npm azurite "azurite@${AZURITE_VERSION:-3}"; }
do_start() {
  local run=$LAB/azurite/table-$PORT; rm -rf "$run"; mkdir -p "$run"
  say "http://127.0.0.1:$PORT/devstoreaccount1/Notes"
  lab_front azure-table "$LAB/azurite/node_modules/.bin/azurite-table" --tableHost 127.0.0.1 --tablePort $((PORT+1)) \
    --location "$run" --silent --skipApiVersionCheck --disableTelemetry
}
lab_main "$@"
