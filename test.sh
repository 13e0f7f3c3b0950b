#!/usr/bin/env bash
# Checks everything: style, types, tests, a few seconds of every fuzzer, the casebook,
# and builds for every platform. Installs the foreign tools that serve as oracles when
# it may; what had to be skipped without them is named at the end. With CI=true a skip
# is a failure.
#
#   FUZZTIME=30s ./test.sh    longer fuzzing
set -euo pipefail
cd "$(dirname "$0")"

tools="libevtx-utils libregf-utils libesedb-utils libhivex-bin libwin-hivex-perl gdisk fdisk ntfs-3g wimtools qemu-utils ripgrep mtools dosfstools cabextract gcab sleuthkit e2fsprogs util-linux mount wine wine64 wixl msitools osslsigncode icoutils openssl"
# Node.js of another packager brings npm itself, and Debian's does not go beside it.
command -v npm >/dev/null 2>&1 || tools="nodejs npm $tools"
# The PowerShell grammar comes from npm, at the versions of its lock file.
grammar=export/testdata/grammar
need="node npm evtxexport regfexport esedbexport hivexml hivexregedit sgdisk sfdisk mkntfs ntfsresize ntfsfix ntfs-3g wimlib-imagex qemu-img rg mcopy mkfs.fat mkfs.ext4 cabextract gcab icat losetup umount wine wixl msibuild osslsigncode wrestool openssl"
# fuzz runs one fuzzer of a package. Go's fuzzing engine now and then ends with "context
# deadline exceeded" when its time is up; a finding always names the input it wrote. Only
# the former is run again.
fuzz() {
  local out
  out=$(mktemp "$log.XXXXXX")
  printf '%s %s\n' "$1" "$2"
  for _ in 1 2 3; do
    go test -run '^$' -fuzz "^$2\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 5x -parallel 1 "$1" >"$out" 2>&1 && return 0
    if grep -q 'Failing input written' "$out" || ! grep -q 'context deadline exceeded' "$out"; then break; fi
  done
  cat "$out"
  return 1
}
# failures prints what the tests that failed have said, and what could not be built.
failures() {
  awk 'NR == FNR { if (match($0, /^ *--- FAIL: /)) failed[$3]; next }
    /^=== / { on = $3 in failed; next }
    on || /^ *--- FAIL|^FAIL|^#|^panic:|\.go:[0-9]+:[0-9]+: /' "$1" "$1"
}
step() { printf '\n== %s\n' "$*"; }

missing() { for t in $need; do command -v "$t" >/dev/null 2>&1 || printf '%s ' "$t"; done; }

if [ -n "$(missing)" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  step "install test tools"
  apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $tools >/dev/null
fi
if [ -n "$(missing)" ]; then
  echo "not installed, their tests will be skipped: $(missing)"
  [ "${CI:-}" != true ] || exit 1
fi

if [ ! -d "$grammar/node_modules" ] && command -v npm >/dev/null; then
  step "install the PowerShell grammar"
  npm ci --prefix "$grammar" --ignore-scripts --no-audit --no-fund
fi

step "format"
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "gofmt would change: $unformatted"; exit 1; }

step "vet and staticcheck"
go vet ./...
go tool staticcheck ./...

step "module files are tidy"
go mod tidy -diff

step "tests"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# What runs under Wine waits more than it computes: it begins first, and takes no core from
# the others.
if ! go test -vet=off -timeout 20m -p $(($(nproc) + 1)) -v ./wine ./... >"$log" 2>&1; then
  failures "$log" | head -n 400
  exit 1
fi
grep -E '^ok ' "$log"
skipped=$(grep -E -A1 '^\s*--- SKIP' "$log" || true)

step "fuzzers, ${FUZZTIME:=3s} each, one on every core"
export -f fuzz
export FUZZTIME log
# By their names: a test binary of each package only to list them would take minutes.
grep -roE '^func Fuzz\w+' --include='*_test.go' --exclude-dir=testdata . | sed -E 's|/[^/]*:func | |' | sort | xargs -P "$(nproc)" -L 1 bash -c 'fuzz "$0" "$1"'
rm -f "$log".*

step "builds"
for arch in amd64 arm64; do
  CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -o /dev/null ./cmd/updoc
  echo "linux/$arch"
done
if command -v wixl msibuild >/dev/null; then delivery/check; else echo "no wixl, no msibuild: nothing built for Windows"; fi

passed=$(grep -cE '^\s*--- PASS' "$log" || true)
count=$(grep -cE '^\s*--- SKIP' "$log" || true)
if [ "$count" -gt 0 ]; then
  printf '\nskipped:\n%s\n' "$skipped"
fi
printf '\n%s passed, 0 failed, %s skipped\n' "$passed" "$count"
[ "$count" = 0 ] || [ "${CI:-}" != true ] || { echo "a skip is a failure in CI"; exit 1; }
