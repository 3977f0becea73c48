#!/bin/sh
# The payload of mail and FTP to files, and a line for each flow that has any: mail-and-ftp.sh capture.pcap folder
pcap2json "$1" |
  flowtag |
  pldsink -o "$2" --tcp-ports 25,21 --no-udp |
  jq -r 'select(.type == "flow" and .pldFile) | "\(.pldFile) \(.srcIP) > \(.dstIP) \(.pldLen) bytes"'
