#!/bin/sh
# Says one issue to the county with the plain `nats` command, as a system does that has no connector of its own.
#
#   NATS_URL=nats://... sh publish.sh COUNTY SYSTEM FILE
#
# FILE holds the data of one dept.in.issue.v1 (see `yishi contract export`). The id is made of system, external_id and
# version, so that saying the same file twice is saying it once. `nats request` waits until the stream has stored it.
set -eu
[ $# -eq 3 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
county=$1 system=$2 file=$3

field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1], encoding="utf-8"))[sys.argv[2]])' "$file" "$1"; }
external_id=$(field external_id)
id="$system-$external_id-$(field version)"

stored=$(nats --server "${NATS_URL:-nats://127.0.0.1:4222}" request --raw --timeout 10s \
  --header "ce-id:$id" \
  --header "Nats-Msg-Id:$id" \
  --header "ce-type:dept.in.issue.v1" \
  --header "ce-source:dept/$county/$system" \
  --header "ce-subject:$external_id" \
  --header "ce-time:$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
  --header "ce-specversion:1.0" \
  --header "Content-Type:application/json" \
  "dept.$county.$system.in.issue.v1" "$(cat "$file")")

case $stored in
  *'"stream"'*) echo "$id: $stored" ;;
  *) echo "$id was not stored: $stored" >&2; exit 1 ;;
esac
# Answers: nats --server "$NATS_URL" subscribe "dept.$county.$system.out.>"
