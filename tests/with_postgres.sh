#!/usr/bin/env bash
# Runs a command with a PostgreSQL of its own, and removes it afterwards:
#   bash tests/with_postgres.sh make test
# Without PostgreSQL's programs it says so, and runs the command on SQLite alone.
# NEWSDESK_INSTALL_POSTGRES=1 lets it install Debian's package first, where it may.
set -euo pipefail

# The newest that Debian's packages, or who names another folder, put there; nothing where there is none.
programs() { { ls -d "${NEWSDESK_POSTGRES:-/usr/lib/postgresql}"/*/bin 2>/dev/null || true; } | sort -V | tail -1; }

if [ -z "$(programs)" ] && [ "${NEWSDESK_INSTALL_POSTGRES:-}" = 1 ] && [ "$(id -u)" = 0 ]; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql; } >/dev/null 2>&1 \
        || echo "with_postgres: Debian's postgresql could not be installed" >&2
fi
bin="$(programs)"
if [ -z "$bin" ]; then
    echo "with_postgres: this machine has no PostgreSQL; its half of the contracts is skipped" >&2
    exec "$@"
fi

folder="$(mktemp -d /tmp/newsdesk-postgres-XXXXXX)"
chmod 755 "$folder"
as_owner() { "$@"; }
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
    owner=postgres
    id "$owner" >/dev/null 2>&1 || owner=nobody
    chown "$owner" "$folder"
    as_owner() { setpriv --reuid "$owner" --regid "$(id -g "$owner")" --clear-groups env HOME="$folder" "$@"; }
fi
stop() {
    as_owner "$bin/pg_ctl" --pgdata "$folder/data" --mode immediate --silent stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT

cd "$folder" # where its owner may be
as_owner "$bin/initdb" --pgdata "$folder/data" --auth trust --username newsdesk --encoding UTF8 --no-sync >/dev/null
# a throwaway database need not survive a loss of power
as_owner "$bin/pg_ctl" --pgdata "$folder/data" --log "$folder/log" --wait --silent start --options \
    "-c listen_addresses='' -c unix_socket_directories='$folder' -c fsync=off -c max_connections=200" >/dev/null
as_owner "$bin/createdb" --host "$folder" --username newsdesk newsdesk
cd "$OLDPWD"
export NEWSDESK_TEST_POSTGRES="postgresql+psycopg://newsdesk@/newsdesk?host=$folder"
"$@"
