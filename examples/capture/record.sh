#!/usr/bin/env bash
# Records office.pcap, office.sha256 and expected.json anew: real servers and clients, each in a
# network namespace of its own. Needs root on Debian 12; takes about half a minute after the install.
#
#   office (client) ── lan [tcpdump here] router dmz ──┬── www    nginx
#                                                      ├── ftp    pure-ftpd
#                                                      ├── mail   exim4
#                                                      └── dns    dnsmasq
#
# Nothing leaves the namespaces: none of them has a way to the machine's own interfaces.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
prefix=pldcap
hosts=(office www ftp mail dns)
declare -A v4=([office]=10.20.0.10 [www]=198.51.100.80 [ftp]=198.51.100.21 [mail]=198.51.100.25 [dns]=198.51.100.53)
declare -A v6=([office]=fd20:20::10 [www]=fd20:51::80 [ftp]=fd20:51::21 [mail]=fd20:51::25 [dns]=fd20:51::53)
domain=harbour.example
ftp_user=clerk
ftp_password=ebb-and-flow
pids=()
work=
own_policy=

. "$here/../../scripts/namespaces.sh"

install_packages() {
  # A package's own service must not start on the machine itself.
  if [[ ! -e /usr/sbin/policy-rc.d ]]; then
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    own_policy=yes
  fi
  local packages=(nginx-light pure-ftpd exim4-daemon-light dnsmasq-base bind9-dnsutils
    iproute2 ethtool iputils-ping tcpdump curl procps)
  command -v node > /dev/null || packages+=(nodejs)
  install_missing "${packages[@]}"
}

cleanup() {
  local status=$?
  trap - EXIT INT TERM
  end_processes
  remove_hosts
  if [[ -n $own_policy ]]; then rm -f /usr/sbin/policy-rc.d; fi
  if ((status)) && [[ -n $work ]]; then say "failed; its logs: $work"
  elif [[ -n $work ]]; then rm -rf "$work"; fi
  exit "$status"
}

remove_hosts() {
  local name
  remove_namespaces "${hosts[@]}" router
  for name in "${hosts[@]}" router; do rm -rf "/etc/netns/$prefix-$name"; done
  rmdir /etc/netns 2> /dev/null || true
}

# join HOST NUMBER ROUTER_END: a veth pair with MAC addresses that are the same in every run
join() {
  local host=$1 number=$2 end=$3
  ip netns add "$prefix-$host"
  in_ns router ip link add name "$end" address "02:00:00:00:01:$number" type veth \
    peer name eth0 address "02:00:00:00:00:$number" netns "$prefix-$host"
  in_ns "$host" sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.accept_dad=0
  offloads_off "$host" eth0
  offloads_off router "$end"
  in_ns router ip link set "$end" up
  in_ns "$host" ip link set lo up
  in_ns "$host" ip link set eth0 up
  in_ns "$host" ip addr add "${v4[$host]}/24" dev eth0
  in_ns "$host" ip addr add "${v6[$host]}/64" dev eth0 nodad
}

build_network() {
  local host number=11
  ip netns add "$prefix-router"
  in_ns router ip link set lo up
  in_ns router ip link add name dmz address 02:00:00:00:01:01 type bridge
  in_ns router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.all.forwarding=1
  join office 10 lan
  for host in www ftp mail dns; do
    join "$host" "$number" "port-$host"
    in_ns router ip link set "port-$host" master dmz
    number=$((number + 1))
  done
  in_ns router ip link set dmz up
  offloads_off router dmz
  in_ns router ip addr add 10.20.0.1/24 dev lan
  in_ns router ip addr add fd20:20::1/64 dev lan nodad
  in_ns router ip addr add 198.51.100.1/24 dev dmz
  in_ns router ip addr add fd20:51::1/64 dev dmz nodad
  for host in "${hosts[@]}"; do
    in_ns "$host" ip route add default via "${v4[$host]%.*}.1"
    in_ns "$host" ip -6 route add default via "${v6[$host]%::*}::1"
  done
  # A slow router with a short queue loses segments of the larger transfers. tcpdump stands on "lan":
  # what is lost towards the office is missing there and comes late, what is lost towards the servers
  # was seen and comes twice.
  in_ns router tc qdisc add dev lan root tbf rate 12mbit burst 8kb limit 22kb
  in_ns router tc qdisc add dev dmz root tbf rate 12mbit burst 8kb limit 22kb
}

# start HOST LOG COMMAND…: `ip netns exec` becomes the command, so that $! is the server's own id
start() {
  ip netns exec "$prefix-$1" "${@:3}" > "$work/log/$2" 2>&1 &
  pids+=($!)
}

start_dns() {
  local host part i
  {
    printf '%s\n' no-resolv no-hosts bind-interfaces "pid-file=$work/dns.pid" local=/example/ edns-packet-max=4096
    for host in www ftp mail; do echo "host-record=$host.$domain,${v4[$host]},${v6[$host]}"; done
    echo "mx-host=$domain,mail.$domain,10"
    echo "txt-record=$domain,v=spf1 ip4:${v4[mail]} ip6:${v6[mail]} -all"
    # eight records of 240 characters: an answer larger than the MTU, hence in IP fragments
    for i in {1..8}; do
      part=$(printf "notice $i to mariners %.0s" {1..12})
      echo "txt-record=notices.$domain,${part:0:240}"
    done
  } > "$work/dnsmasq.conf"
  start dns dns.log dnsmasq --keep-in-foreground --conf-file="$work/dnsmasq.conf"
}

start_www() {
  mkdir -p "$work/nginx"
  # The log tells the order of the responses on each connection: expected.json is made from it.
  cat > "$work/nginx.conf" << NGINX
daemon off;
pid $work/nginx.pid;
error_log $work/log/nginx.error;
events { worker_connections 64; }
http {
  types { text/html html; text/css css; image/png png; application/octet-stream bin; }
  log_format exchanges escape=json '{"client":"\$remote_addr","clientPort":\$remote_port,"server":"\$server_addr",'
    '"serverPort":\$server_port,"response":\$connection_requests,"method":"\$request_method","path":"\$uri",'
    '"status":\$status,"bodyBytes":\$body_bytes_sent,"contentRange":"\$sent_http_content_range",'
    '"contentEncoding":"\$sent_http_content_encoding","transferEncoding":"\$sent_http_transfer_encoding"}';
  access_log $work/log/exchanges.ndjson exchanges;
  client_body_temp_path $work/nginx/body; proxy_temp_path $work/nginx/proxy;
  fastcgi_temp_path $work/nginx/fastcgi; uwsgi_temp_path $work/nginx/uwsgi; scgi_temp_path $work/nginx/scgi;
  server {
    listen ${v4[www]}:80;
    listen [${v6[www]}]:80;
    server_name www.$domain;
    root $work/content/www;
    if_modified_since before;
    gzip on;           # arrivals.html: compressed as it is sent, in chunks
    gzip_static on;    # index.html: the .gz file beside it, with a Content-Length
  }
}
NGINX
  start www nginx.log nginx -p "$work/nginx" -c "$work/nginx.conf"
}

# Argon2 makes every login take seconds: that is the silence before each "230 OK" in the capture.
start_ftp() {
  chown -R nobody:nogroup "$work/content/ftp"
  printf '%s\n%s\n' "$ftp_password" "$ftp_password" | pure-pw useradd "$ftp_user" -f "$work/ftp.passwd" \
    -u nobody -g nogroup -d "$work/content/ftp" > /dev/null
  pure-pw mkdb "$work/ftp.pdb" -f "$work/ftp.passwd"
  start ftp ftp.log pure-ftpd --login "puredb:$work/ftp.pdb" --noanonymous --dontresolve --chrooteveryone \
    --passiveportrange 40000:40099 --umask 133:022 --pidfile "$work/ftp.pid"
}

start_mail() {
  mkdir -p "$work/exim" "$work/mailbox"
  cat > "$work/exim.conf" << EXIM
primary_hostname = mail.$domain
spool_directory = $work/exim
pid_file_path = $work/exim/exim.pid
log_file_path = $work/exim/%slog
log_selector = +incoming_port
local_interfaces = <; ${v4[mail]} ; ${v6[mail]}
daemon_smtp_ports = 25
tls_advertise_hosts =
host_lookup =
rfc1413_hosts =
keep_environment =
deliver_drop_privilege = true
acl_smtp_rcpt = recipients
acl_smtp_data = messages
begin acl
recipients:
  accept domains = $domain
  deny message = no relay here
messages:
  accept
begin routers
everyone:
  driver = accept
  transport = mailbox
begin transports
mailbox:
  driver = appendfile
  directory = $work/mailbox
  maildir_format
  create_directory
EXIM
  chown -R Debian-exim:Debian-exim "$work/exim" "$work/mailbox"
  start mail exim.log exim4 -bdf -C "$work/exim.conf"
}

# wait_for WHAT COMMAND…: at most ten seconds
wait_for() {
  for _ in {1..50}; do
    if "${@:2}" > /dev/null 2>&1; then return; fi
    sleep 0.2
  done
  fail "$1 does not come up"
}

listens() { in_ns "$1" ss -Hln "$2" "sport = :$3" | grep -q .; }

start_servers() {
  start_dns
  start_www
  start_ftp
  start_mail
  wait_for dnsmasq listens dns -u 53
  wait_for nginx listens www -t 80
  wait_for pure-ftpd listens ftp -t 21
  wait_for exim4 listens mail -t 25
  # ip netns mounts this over /etc/resolv.conf, so that curl asks our dnsmasq
  mkdir -p "/etc/netns/$prefix-office"
  echo "nameserver ${v4[dns]}" > "/etc/netns/$prefix-office/resolv.conf"
}

start_capture() {
  start router tcpdump.log tcpdump --interface lan --packet-buffered --snapshot-length 0 --buffer-size 8192 \
    --relinquish-privileges root -w "$work/office.pcap"
  tcpdump_pid=$!
  wait_for tcpdump grep -q 'listening on' "$work/log/tcpdump.log"
}

stop_capture() {
  sleep 1
  kill -INT "$tcpdump_pid"
  wait "$tcpdump_pid" || true
  grep -q '^0 packets dropped by kernel' "$work/log/tcpdump.log" || fail 'tcpdump dropped packets'
}

client() { in_ns office timeout 30 "$@"; }
fetch() { client curl --silent --show-error --max-time 20 "$@"; }

dns_queries() {
  local dig=(client dig +tries=1 +time=3)
  {
    "${dig[@]}" "@${v4[dns]}" "www.$domain" A
    "${dig[@]}" "@${v4[dns]}" "www.$domain" AAAA
    "${dig[@]}" "@${v4[dns]}" "$domain" TXT
    "${dig[@]}" "@${v6[dns]}" "$domain" MX
    "${dig[@]}" "@${v4[dns]}" "nowhere.$domain" A
    "${dig[@]}" +bufsize=4096 "@${v4[dns]}" "notices.$domain" TXT
    "${dig[@]}" +bufsize=4096 "@${v6[dns]}" "notices.$domain" TXT
  } > "$work/log/dig"
  [[ $(grep -c "^notices.$domain.*TXT" "$work/log/dig") == 16 ]] || fail 'dig: wrong answers'
}

pings() {
  client ping -q -n -c 2 -i 0.2 "${v4[www]}"
  client ping -q -n -c 2 -i 0.2 "${v6[www]}"
  client ping -q -n -c 1 -s 2400 "${v4[mail]}"
}

http_requests() {
  local url="http://www.$domain" got=$work/got
  fetch -4 --compressed -o "$got/index.html" "$url/index.html" -o "$got/style.css" "$url/style.css" \
    -o "$got/harbour.png" "$url/harbour.png" -o "$got/none" "$url/none.html" \
    -o "$got/arrivals.html" "$url/arrivals.html"
  # HEAD and 304 carry a Content-Length or an ETag but no body: hard for whoever cuts by headers alone
  fetch -6 --head -o "$got/head" "$url/soundings.bin" --next -s -S -6 -o "$got/soundings.bin" "$url/soundings.bin" \
    --next -s -S -6 -o "$got/same" --time-cond 'Thu, 01 Oct 2026 00:00:00 GMT' "$url/style.css" \
    --next -s -S -6 -o "$got/part" --range 1000-1999 "$url/soundings.bin"
  # a port where nobody listens: a flow of a SYN and a RST
  if fetch -4 "$url:8080/"; then fail 'port 8080 answers'; fi
}

# The ports of the data connections stand in curl's trace of the dialogue: *.trace
ftp_transfers() {
  local url="ftp://$ftp_user:$ftp_password@ftp.$domain" got=$work/got
  fetch -4 -v --disable-epsv -o "$got/berths.csv" "$url/berths.csv" 2> "$work/log/berths.csv.trace"
  fetch -6 -v -o "$got/chart.png" "$url/chart.png" 2> "$work/log/chart.png.trace"
  fetch -4 -v --disable-eprt --ftp-port "${v4[office]}" -T "$work/content/client/manifest.csv" "$url/" \
    2> "$work/log/manifest.csv.trace"
}

mails() {
  local message version
  for message in plan:4 signals:6; do
    version=${message#*:} message=${message%:*}
    fetch "-$version" -w '%{local_port}' --mail-from clerk@office.example --mail-rcpt "master@$domain" \
      -T "$work/content/client/$message.eml" "smtp://mail.$domain/office.example" > "$work/log/$message.eml.port"
  done
}

delivered() { [[ $(find "$work/mailbox/new" -type f | wc -l) == 2 ]]; }

# What arrived must be what was meant, before any of it is called expected.
check_ends() {
  local got=$work/got content=$work/content file message
  for file in index.html style.css harbour.png arrivals.html soundings.bin; do cmp "$got/$file" "$content/www/$file"; done
  for file in berths.csv chart.png; do cmp "$got/$file" "$content/ftp/$file"; done
  cmp "$content/ftp/manifest.csv" "$content/client/manifest.csv"
  cmp "$got/part" <(tail -c +1001 "$content/www/soundings.bin" | head -c 1000)
  for message in plan signals; do
    file=$(grep -l "$(grep -m 1 -o '<.*@office.example>' <(grep '^Message-ID' "$content/client/$message.eml"))" "$work"/mailbox/new/*)
    # exim puts its trace headers in front of the sender's own and keeps lines without the CR
    cmp <(sed -n '/^From: Clerk/,$ s/$/\r/p' "$file") "$content/client/$message.eml"
  done
}

versions() {
  dpkg-query -W -f '${Package} ${Version}\n' nginx-light pure-ftpd exim4-daemon-light dnsmasq-base \
    bind9-dnsutils iputils-ping curl tcpdump
}

main() {
  ((EUID == 0)) || fail 'must be root'
  trap cleanup EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  install_packages
  remove_hosts
  work=$(mktemp -d /tmp/office-capture.XXXXXX)
  chmod 755 "$work"
  mkdir -p "$work/log" "$work/got"
  node "$here/content.mjs" "$work/content"
  build_network
  start_servers
  start_capture
  dns_queries
  pings > "$work/log/ping"
  ftp_transfers
  mails
  http_requests 2> "$work/log/http"
  wait_for 'the mailbox' delivered
  stop_capture
  check_ends
  versions > "$work/log/versions"
  node "$here/expected.mjs" "$work" "$here"
  install -m 644 "$work/office.pcap" "$here/office.pcap"
  say "$(stat -c %s "$here/office.pcap") bytes in office.pcap; check them with verify.mjs"
}

main "$@"
