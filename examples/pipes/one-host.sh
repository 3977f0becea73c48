#!/bin/sh
# Only what one host sent, its packets chosen by jq in the middle of the pipe: one-host.sh capture.pcap address folder
pcap2json "$1" |
  jq -c --arg host "$2" 'select(.type != "packet" or .srcIP == $host)' |
  flowtag |
  pldsink -o "$3" -q |
  jq -r 'select(.pldFile) | .pldFile'
