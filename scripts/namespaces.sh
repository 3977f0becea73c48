# For scripts that record traffic between hosts of their own, each a network namespace. To be sourced; uses $prefix,
# which all names begin with, and $pids, the processes to be ended.

in_ns() { ip netns exec "$prefix-$1" "${@:2}"; }
say() { printf '%s\n' "record.sh: $*" >&2; }
fail() { say "$*"; exit 1; }

# Debian packages, as far as they are missing.
install_missing() {
  local missing=() package
  for package; do
    dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  say "installs ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  timeout 300 apt-get update -qq
  timeout 600 apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
}

end_processes() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
  for pid in "${pids[@]}"; do
    for _ in {1..30}; do kill -0 "$pid" 2> /dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2> /dev/null || true
  done
}

# Also takes away what a killed run left behind: names with our prefix are ours.
remove_namespaces() {
  local name
  for name; do
    [[ -e /run/netns/$prefix-$name ]] || continue
    ip netns pids "$prefix-$name" | xargs -r kill -9 2> /dev/null || true
    ip netns del "$prefix-$name"
  done
}

# offloads_off HOST INTERFACE: lengths and checksums shall be those of a wire, with no segment above the MTU and no
# checksum left to hardware.
offloads_off() {
  local feature
  for feature in tso gso gro tx rx sg; do in_ns "$1" ethtool -K "$2" "$feature" off > /dev/null 2>&1 || true; done
  in_ns "$1" ethtool -k "$2" | grep -E '^(tcp-segmentation|generic-segmentation|generic-receive)-offload: on|^[rt]x-checksumming: on' \
    && fail "$1 $2: offloads stay on"
  return 0
}
