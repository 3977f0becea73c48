#!/usr/bin/env bash
# bench/soak.sh SECONDS [RATE]
#
# The live pipe for so long: tcpdump | pcap2json | flowtag | pldsink, on the loopback of a network namespace of its own,
# with conversations of TCP and UDP, RATE of them a second (default 20). Every 5 seconds, memory and descriptors of each
# bin are printed; in the end, how much came through. Needs root, ip, tcpdump and python3.
set -euo pipefail
seconds=${1:?SECONDS}
rate=${2:-20}
prefix=pldpipe-soak
pids=()
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../scripts/namespaces.sh
. "$here/../scripts/namespaces.sh"
folder=$(mktemp -d "${TMPDIR:-/tmp}/pldpipe-soak-XXXXXX")
cleanup() { end_processes; remove_namespaces host; }
trap cleanup EXIT
remove_namespaces host
ip netns add "$prefix-host"
in_ns host ip link set lo up

cd "$folder"
mkfifo frames packets tagged
# with exec, so that the process is tcpdump's own
(exec ip netns exec "$prefix-host" tcpdump -i lo -U -s 0 -w - > frames 2> tcpdump.err) & dump=$!
node "$here/../dist/bin/pcap2json.js" -q - < frames > packets & bins=($!)
node "$here/../dist/bin/flowtag.js" -q --flow-timeout 20 < packets > tagged & bins+=($!)
node "$here/../dist/bin/pldsink.js" -q -o files < tagged > records & bins+=($!)
pids=("$dump" "${bins[@]}")
names=(pcap2json flowtag pldsink)
sleep 2
in_ns host python3 "$here/soak-traffic.py" "$seconds" "$rate" > sent & traffic=$!
pids+=("$traffic")

field() { awk -v name="$2:" '$1 == name { print $2 }' "/proc/$1/status"; }
descriptors() { find "/proc/$1/fd" -mindepth 1 | wc -l; }
printf 'second'; for name in "${names[@]}"; do printf '\t%s KiB\tfds' "$name"; done; printf '\tflows\tlag s\n'
start=$SECONDS
while kill -0 "$traffic" 2> /dev/null; do
  printf '%d' $((SECONDS - start))
  for pid in "${bins[@]}"; do printf '\t%s\t%s' "$(field "$pid" VmRSS)" "$(descriptors "$pid")"; done
  # how old the newest file of a flow is: conversations begin all the time
  newest=$(find files -type f -printf '%T@\n' 2> /dev/null | sort -n | tail -1 || true)
  printf '\t%s\t%s\n' "$(grep -c '"type":"flow"' records || true)" \
    "$(awk -v now="$(date +%s.%N)" -v then="${newest:-0}" 'BEGIN { printf "%.1f", then ? now - then : 0 }')"
  sleep 5
done
wait "$traffic"
sleep 1
kill -TERM "$dump"
wait "${bins[@]}"
pids=()
cat sent
grep '"type":"summary"' records
printf 'results in %s\n' "$folder"
