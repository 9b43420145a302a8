#!/usr/bin/env bash
# Runs the Dockerfile's steps by hand, for machines without a Docker daemon: the locked dependencies and the
# wheel into an environment of their own, then the desk as an unprivileged user that can write nothing but its
# data. Run as root it becomes nobody; else it stays who it is.
#   bash deploy/check.sh
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
python="${PYTHON:-python3.11}"
work="$(mktemp -d /tmp/newsdesk-check-XXXXXX)"
desk=""
finish() {
    [ -z "$desk" ] || kill "$desk" 2>/dev/null || true
    chmod -R u+w "$work" && rm -rf "$work"
}
trap finish EXIT
say() { echo "check: $*"; }

say "the locked dependencies"
mkdir -p "$work/src" "$work/opt" "$work/data"
cp "$root/deploy/requirements.lock" "$work/src/"
"$python" -m venv "$work/opt/newsdesk"
pip() { "$work/opt/newsdesk/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }
pip install --require-hashes --no-deps -r "$work/src/requirements.lock"

say "the wheel, from the files that the image gets"
for name in pyproject.toml README.md LICENSE; do cp "$root/$name" "$work/src/"; done
for name in bot digests docs/newsdesk.1; do
    mkdir -p "$(dirname "$work/src/$name")"
    cp -R "$root/$name" "$work/src/$name"
done
pip wheel --no-deps --wheel-dir "$work/dist" "$work/src"
pip install --no-deps "$work"/dist/newsdesk-*.whl
[ -f "$work/opt/newsdesk/share/man/man1/newsdesk.1" ] || { say "the man page is not in the wheel"; exit 1; }

say "as a user who can write nothing but the data"
chmod 755 "$work"
chmod -R a-w,a+rX "$work/opt" "$work/src"
as_user=()
if [ "$(id -u)" = 0 ]; then
    chown -R nobody "$work/data"
    as_user=(setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups --no-new-privs)
fi
port="$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
export PATH="$work/opt/newsdesk/bin:$PATH" PYTHONDONTWRITEBYTECODE=1 HOME="$work/data" \
    NEWSDESK_STORE__URL="$work/data/newsdesk.sqlite3" NEWSDESK_CONSOLE__ENABLED=false \
    NEWSDESK_DASHBOARD__LISTEN="127.0.0.1:$port"
cd "$work/data"

say "without a chat it refuses to run, in one line"
code=0
"${as_user[@]}" newsdesk run 2>err || code=$?
[ "$code" = 2 ] && grep -q "No chat is left" err || { say "exit code $code"; cat err; exit 1; }

say "newsdesk doctor"
"${as_user[@]}" newsdesk doctor

say "newsdesk run, and newsdesk healthy"
# a token that leads nowhere: the desk must stay up without its platform
NEWSDESK_TELEGRAM__TOKEN=1:none NEWSDESK_TELEGRAM__BASE_URL=http://127.0.0.1:9/bot \
    "${as_user[@]}" newsdesk run 2>log &
desk=$!
for _ in $(seq 120); do
    "${as_user[@]}" newsdesk healthy >/dev/null 2>&1 && break
    kill -0 "$desk" 2>/dev/null || { say "the desk ended"; cat log; exit 1; }
    sleep 0.5
done
"${as_user[@]}" newsdesk healthy || { cat log; exit 1; }
kill -TERM "$desk"
wait "$desk" || { say "it did not end well"; cat log; exit 1; }
desk=""
[ "$(find "$work/data" -name '*.pyc' | wc -l)" = 0 ]
say "all of it works"
