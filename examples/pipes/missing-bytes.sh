#!/bin/sh
# What the capture lacks of each stream: missing-bytes.sh capture.pcap
pcap2json "$1" |
  flowtag --flow-timeout 0 |
  pldchunk |
  jq -c 'select(.type == "gap") | {flowInd, dir, offset, length, reason}'
