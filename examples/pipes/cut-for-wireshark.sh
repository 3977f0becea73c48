#!/bin/sh
# The conversations of one port as a capture for Wireshark: cut-for-wireshark.sh capture.pcap port cut.pcapng
pcap2json --payload none "$1" |
  flowtag --no-packets |
  flowsel "port($2)" |
  json2pcap -r "$1" -w "$3"
