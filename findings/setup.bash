# Sourced by each finding: an empty temporary folder to work in, quiet installers with exact versions, and one comparison.

set -euo pipefail

workspace=$(mktemp -d)
trap 'rm -rf "$workspace"' EXIT
cd "$workspace"

# install_npm NAME@VERSION...: into ./node_modules.
install_npm() {
  [ -f package.json ] || echo '{"private":true,"type":"module"}' >package.json
  npm install --silent --no-audit --no-fund --save-exact "$@" >npm.log 2>&1 || { cat npm.log >&2; exit 2; }
  PATH="$workspace/node_modules/.bin:$PATH"
}

# build_go NAME MODULE@VERSION...: builds the Go program on standard input as ./NAME, with these versions of its modules.
build_go() {
  local name=$1
  shift
  mkdir "$name.src"
  cat >"$name.src/main.go"
  (
    cd "$name.src"
    export GOFLAGS=-mod=mod
    go mod init finding && go get "$@" && go build -o "../$name" .
  ) >go.log 2>&1 || { cat go.log >&2; exit 2; }
}

# install_go PACKAGE@VERSION: the command, into ./bin.
install_go() {
  GOFLAGS='' GOBIN="$workspace/bin" go install "$1" >go.log 2>&1 || { cat go.log >&2; exit 2; }
}

# expect WHAT SEEN WANTED: prints what was seen; ends the script with 1 where it is not what was wanted.
expect() {
  printf '== %s\n%s\n' "$1" "$2"
  if [ "$2" != "$3" ]; then
    printf 'CHANGED: %s\n' "$1" >&2
    diff <(printf '%s\n' "$3") <(printf '%s\n' "$2") >&2 || true
    exit 1
  fi
}
