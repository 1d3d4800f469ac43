#!/usr/bin/env bash
# A throwaway PostgreSQL 15 for the record's tests: scripts/test_postgres.sh start|stop [folder]
#
# `start` makes a cluster under a temporary folder (or the folder given), starts it on a private socket without any TCP
# port, and prints the connection words for BELTWARDEN_TEST_POSTGRES. `stop` ends it and removes the folder. Both are safe
# to run twice. PostgreSQL refuses to run as root, so root becomes the user postgres for it.
set -eu

command=${1:-}
folder=${2:-${TMPDIR:-/tmp}/beltwarden-postgres-$(id -u)}
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if [ -z "$bin" ]; then
  echo "test_postgres: no PostgreSQL server: install Debian's package postgresql" >&2
  exit 3
fi

as_server() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

case "$command" in
  start)
    if [ ! -f "$folder/data/PG_VERSION" ]; then
      rm -rf "$folder"
      mkdir -p "$folder"
      if [ "$(id -u)" = 0 ]; then chown postgres "$folder"; fi
      chmod 755 "$folder"
      as_server "$bin/initdb" -D "$folder/data" -A trust -U beltwarden -E UTF8 --locale=C -N >"/dev/null"
    fi
    if ! as_server "$bin/pg_ctl" -D "$folder/data" status >/dev/null; then
      # Durability is not what these tests look at; speed is welcome.
      as_server "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" \
        -o "-k $folder -c listen_addresses='' -c unix_socket_permissions=0777 -c fsync=off" start >/dev/null
    fi
    echo "host=$folder user=beltwarden dbname=postgres"
    ;;
  stop)
    if [ -f "$folder/data/PG_VERSION" ]; then
      as_server "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    fi
    rm -rf "$folder"
    ;;
  *)
    echo "usage: scripts/test_postgres.sh start|stop [folder]" >&2
    exit 2
    ;;
esac
