#!/bin/sh
# The ten flow directions that sent most: top-talkers.sh capture.pcap
pcap2json --payload none "$1" |
  flowtag --no-packets |
  jq -r 'select(.type == "flow") | [.wireBytesSnt, .numPktsSnt, .srcIP, .dstIP, .dstPort] | @tsv' |
  sort -rn |
  head
