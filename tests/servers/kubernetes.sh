#!/usr/bin/env bash
# Kubernetes: kube-apiserver alone, with etcd (Debian's) behind it; no nodes, no controllers. The binary is named by KUBE_APISERVER or found in
# the PATH: none is packaged. README.md beside this says how the recordings' own was built. It speaks TLS only, so a few lines of
# Node.js take that off, as an ingress would, and put the token in; all else is as the API server says it.
NAME=kubernetes; . "$(dirname "$0")/_lib.sh"
do_install() { lab_deb kubernetes etcd-server; }
do_start() {
  local api run=$LAB/kubernetes/run-$PORT token=only-here
  api=$(realpath "$(command -v "${KUBE_APISERVER:-kube-apiserver}")") || { say "needs kube-apiserver: name it by KUBE_APISERVER"; exit 1; }
  rm -rf "$run"; mkdir -p "$run"; cd "$run"; lab_deb_env kubernetes
  openssl genrsa -out accounts.key 2048 2>/dev/null
  printf '%s,lab,lab,system:masters\n' "$token" > tokens.csv
  cat > plain.cjs <<'J'
const [port, token] = process.argv.slice(2), http = require('http'), https = require('https')
const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false })
http.createServer((q, r) => {
  const up = https.request({ host: '127.0.0.1', port: +port + 1, path: q.url, method: q.method, agent, headers: { ...q.headers, authorization: 'Bearer ' + token } }, a => { r.writeHead(a.statusCode, a.statusMessage, a.rawHeaders); a.pipe(r) })
  up.on('error', () => r.writeHead(502).end()); q.pipe(up)
}).listen(+port, '127.0.0.1')
J
  # What etcd reserves (62 MB by `du -sh`) is of no use to anybody afterwards.
  trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf etcd' EXIT
  trap 'exit 143' TERM; trap 'exit 130' INT
  etcd --data-dir etcd --listen-peer-urls "http://127.0.0.1:$((PORT+3))" --initial-advertise-peer-urls "http://127.0.0.1:$((PORT+3))" \
    --initial-cluster "default=http://127.0.0.1:$((PORT+3))" --listen-client-urls "http://127.0.0.1:$((PORT+2))" \
    --advertise-client-urls "http://127.0.0.1:$((PORT+2))" > etcd.log 2>&1 &
  "$api" --etcd-servers "http://127.0.0.1:$((PORT+2))" --bind-address 127.0.0.1 --secure-port $((PORT+1)) --cert-dir certs \
    --token-auth-file tokens.csv --authorization-mode AlwaysAllow --disable-admission-plugins ServiceAccount \
    --service-account-issuer https://lab --service-account-key-file accounts.key --service-account-signing-key-file accounts.key \
    --service-cluster-ip-range 10.0.0.0/24 --cors-allowed-origins '^http://127\.0\.0\.1(:[0-9]+)?$' > api.log 2>&1 &
  local i; for i in $(seq 600); do curl -sk -o /dev/null -f -H "Authorization: Bearer $token" "https://127.0.0.1:$((PORT+1))/api/v1/namespaces/default" && break; sleep 0.1; done
  say "http://127.0.0.1:$PORT/api/v1/namespaces/default/configmaps"
  node plain.cjs "$PORT" "$token" &
  wait -n
}
lab_main "$@"
