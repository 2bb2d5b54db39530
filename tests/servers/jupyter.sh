#!/usr/bin/env bash
# Jupyter Server: a file inside its description, with `last_modified`. Writes do not name it, so stale writes are accepted.
NAME=jupyter; . "$(dirname "$0")/_lib.sh"
do_install() { lab_pip jupyter "jupyter_server==${JUPYTER_VERSION:-2.*}"; }
do_start() {
  local run=$LAB/jupyter/run-$PORT; rm -rf "$run"; mkdir -p "$run/files"
  say "http://127.0.0.1:$PORT/api/contents/"
  export JUPYTER_CONFIG_DIR=$run/config JUPYTER_DATA_DIR=$run/data JUPYTER_RUNTIME_DIR=$run/runtime
  lab_front plain "$LAB/jupyter/bin/jupyter-server" --no-browser --allow-root --ServerApp.ip=127.0.0.1 --ServerApp.port=$((PORT+1)) \
    --ServerApp.port_retries=0 --IdentityProvider.token= --ServerApp.disable_check_xsrf=True --ServerApp.root_dir="$run/files"
}
lab_main "$@"
