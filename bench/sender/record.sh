#!/usr/bin/env bash
# Records conversations of which both ends know every byte, through a link that drops, doubles and delays:
#
#   client ── [client.pcap] ── link.py ── [server.pcap] ── server
#
#   record.sh [--seed N] [--tcp N] [--udp N] [--sctp N] [--small] FOLDER
#
# writes client.pcap, server.pcap and sent.json into FOLDER; verify.mjs holds them against each other. Each capture is
# taken before the link for one direction, behind it for the other. Needs root on Debian 12, python3, node and (for SCTP)
# a C compiler; ethtool, tcpdump and usrsctp are installed if they are missing. Nothing leaves the namespaces: none of
# them has a way to the machine's own interfaces. Ends within MAX seconds in any case.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
prefix=pldsend
seed=1 tcp=160 udp=80 sctp=60 small=false target=
MAX=400
pids=()
work=

. "$here/../../scripts/namespaces.sh"

arguments() {
  while (($#)); do
    case $1 in
      --seed | --tcp | --udp | --sctp)
        [[ ${2-} =~ ^[0-9]{1,9}$ ]] || fail "$1 needs a number"
        printf -v "${1#--}" %d "$2"
        shift 2 ;;
      --small) small=true; shift ;;
      -*) fail "unknown option $1" ;;
      *) target=$1; shift ;;
    esac
  done
  [[ -n $target ]] || fail 'usage: record.sh [--seed N] [--tcp N] [--udp N] [--sctp N] [--small] FOLDER'
  ((tcp + udp + sctp <= 2000)) || fail 'at most 2000 conversations'
}

install_packages() {
  local packages=(iproute2 ethtool tcpdump)
  ((sctp == 0)) || packages+=(libusrsctp-dev)
  install_missing "${packages[@]}"
  local program
  for program in node python3; do command -v "$program" > /dev/null || fail "$program is missing"; done
  python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()' \
    || fail 'python3 cannot open packet sockets here'
  ((sctp == 0)) || command -v cc > /dev/null || fail 'SCTP needs a C compiler; --sctp 0 goes without'
}

cleanup() {
  local status=$?
  trap - EXIT INT TERM
  end_processes
  remove_namespaces client link server
  # of a run that was interrupted nobody wants the logs
  if ((status == 1 || status == 2)) && [[ -n $work ]]; then say "failed; its logs: $work"
  elif [[ -n $work ]]; then rm -rf "$work"; fi
  exit "$status"
}

# join HOST NUMBER PORT: a host and its end of the link
join() {
  local host=$1 number=$2 port=$3
  ip netns add "$prefix-$host"
  in_ns link ip link add name "$port" type veth peer name eth0 address "02:00:00:00:30:$number" netns "$prefix-$host"
  in_ns link sysctl -qw "net.ipv6.conf.$port.disable_ipv6=1"
  in_ns "$host" sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.accept_dad=0 \
    net.ipv6.conf.eth0.router_solicitations=0 net.ipv6.conf.eth0.autoconf=0
  # small windows, which a reader that pauses fills
  in_ns "$host" sysctl -qw 'net.ipv4.tcp_rmem=4096 32768 131072' 'net.ipv4.tcp_wmem=4096 65536 262144' \
    net.ipv4.tcp_no_metrics_save=1
  offloads_off "$host" eth0
  offloads_off link "$port"
  in_ns link ip link set "$port" up
  in_ns "$host" ip link set lo up
  in_ns "$host" ip link set eth0 up
}

build_network() {
  local byte
  ip netns add "$prefix-link"
  join client 10 port-a
  join server 80 port-b
  for byte in $(grep -oE '^ *"[0-9]+"' "$here/profiles.json" | tr -d ' "'); do
    in_ns server ip addr add "10.30.0.$byte/24" dev eth0
    in_ns server ip addr add "fd20:30::$byte/64" dev eth0 nodad
    in_ns client ip addr add "10.30.0.$((byte - 70))/24" dev eth0
    in_ns client ip addr add "fd20:30::$((byte - 70))/64" dev eth0 nodad
    # a server's packets shall come from the address that its client speaks to, whoever chooses
    in_ns server ip -6 route add "fd20:30::$((byte - 70))/128" dev eth0 src "fd20:30::$byte"
    in_ns client ip -6 route add "fd20:30::$byte/128" dev eth0 src "fd20:30::$((byte - 70))"
  done
}

# start NAMESPACE LOG COMMAND…: `ip netns exec` becomes the command, so that $! is its own id
start() {
  ip netns exec "$prefix-$1" "${@:3}" > "$work/$2" 2>&1 &
  pids+=($!)
}

# wait_for LOG WORD: at most ten seconds
wait_for() {
  for _ in {1..50}; do
    if grep -qs "$2" "$work/$1"; then return; fi
    sleep 0.2
  done
  fail "$1: no word of \"$2\""
}

capture() {
  start "$1" "$1.tcpdump" tcpdump --interface eth0 --packet-buffered --snapshot-length 65535 --buffer-size 65536 \
    --relinquish-privileges root -w "$work/$1.pcap" 'tcp or udp or sctp or ip[6:2] & 0x1fff != 0 or ip6[6] == 44'
  wait_for "$1.tcpdump" 'listening on'
}

stop() {
  kill -TERM "$1" 2> /dev/null || true
  wait "$1" || true
}

main() {
  arguments "$@"
  ((EUID == 0)) || fail 'must be root'
  trap cleanup EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  install_packages
  remove_namespaces client link server
  work=$(mktemp -d /tmp/sender.XXXXXX)
  local order="{seed: $seed, tcp: $tcp, udp: $udp, sctp: $sctp, small: $small}"
  node --input-type=module -e "import { plan } from '$here/plan.mjs'
    console.log(JSON.stringify(plan($order)))" > "$work/plan.json"
  printf '{"seed":%d,"recorded":"%s","kernel":"%s","tcpdump":"%s","node":"%s"}' "$seed" "$(date -u +%F)" "$(uname -r)" \
    "$(dpkg-query -W -f '${Version}' tcpdump)" "$(node --version)" > "$work/about.json"
  if ((sctp)); then cc -O2 -o "$work/sctp" "$here/sctp.c" -lusrsctp -lpthread; fi
  export SCTP=$work/sctp

  build_network
  start link link.out python3 "$here/link.py" "$seed" port-a port-b "$here/profiles.json" "$work/link.json"
  local link=$!
  wait_for link.out ready
  capture client
  local first=$! name
  capture server
  local second=$!
  start server server.out node "$here/server.mjs" "$work/plan.json" "$work/server.json"
  local server=$!
  wait_for server.out ready
  say "$((tcp + udp + sctp)) conversations begin"
  timeout "$MAX" ip netns exec "$prefix-client" node "$here/client.mjs" "$work/plan.json" "$work/client.json" \
    || fail 'the client did not finish'
  sleep 2
  stop "$server"
  stop "$link"
  stop "$first"
  stop "$second"
  for name in client server; do
    grep -q '^0 packets dropped by kernel' "$work/$name.tcpdump" || fail "tcpdump dropped packets of the $name"
  done
  mkdir -p "$target"
  node "$here/sent.mjs" "$work" "$target"
  install -m 644 "$work/client.pcap" "$work/server.pcap" "$target"
  say "wrote $target"
}

main "$@"
