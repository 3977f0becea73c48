-- Tables of pldpipe's records in DuckDB.
--
--     pcap2json mail.pcap | flowtag | pldsink -o out --packets > records.ndjson
--     duckdb records.db < docs/duckdb.sql
--     duckdb records.db "SELECT srcIP, dstPort, sum(l7BytesSnt) FROM flows GROUP BY ALL ORDER BY 3 DESC"
--
-- Reads records.ndjson from the working directory. Members that are not named here are left out of the tables; lines of
-- your own types as well. Times are kept to the nanosecond as DECIMAL: make_timestamp_ns((time * 1000000000)::BIGINT). Masks
-- are numbers after pktStat::UBIGINT, payload is bytes after from_base64(payload).

CREATE TEMP VIEW lines AS
SELECT json, json ->> 'type' AS type
FROM read_ndjson_objects('records.ndjson', maximum_object_size = 268435456);

CREATE TABLE captures (
  captureId VARCHAR,
  file VARCHAR,
  format VARCHAR,
  compression VARCHAR,
  linkTypes USMALLINT[],
  snaplen UBIGINT,
  size UBIGINT,
  mtime BIGINT,
  interfaces STRUCT(linkType USMALLINT, snaplen UBIGINT, digits UTINYINT, name VARCHAR)[]
);

CREATE TABLE frames (
  captureId VARCHAR,
  pktNo UBIGINT,
  time DECIMAL(28, 9),
  ifaceNo USMALLINT,
  linkType USMALLINT,
  capLen UINTEGER,
  wireLen UINTEGER,
  payload VARCHAR
);

CREATE TABLE packets (
  captureId VARCHAR,
  pktNo UBIGINT,
  filePktNo UBIGINT,
  time DECIMAL(28, 9),
  capLen UINTEGER,
  wireLen UINTEGER,
  hdrDesc VARCHAR,
  numHdrs UINTEGER,
  tunnelId UINTEGER,
  ethVlanID USMALLINT[],
  srcMac VARCHAR,
  dstMac VARCHAR,
  ethType VARCHAR,
  srcIP VARCHAR,
  srcPort USMALLINT,
  dstIP VARCHAR,
  dstPort USMALLINT,
  l4Proto UTINYINT,
  ipId USMALLINT,
  icmpType UTINYINT,
  icmpCode UTINYINT,
  tcpSeq UINTEGER,
  tcpAck UINTEGER,
  tcpFlags VARCHAR,
  tcpWin USMALLINT,
  tcpUrg USMALLINT,
  tcpTsVal UINTEGER,
  l4Chk VARCHAR,
  l7Len UINTEGER,
  snapL7Len UINTEGER,
  pktStat VARCHAR,
  vlanHdr VARCHAR[],
  vlanTPID_PCP_DEI_VID STRUCT(tpid VARCHAR, pcp UTINYINT, dei UTINYINT, vid USMALLINT)[],
  mplsLabels UINTEGER[],
  mplsLabelsHex VARCHAR[],
  mplsHdrsHex VARCHAR[],
  mplsLabel_ToS_S_TTL STRUCT(label UINTEGER, tos UTINYINT, s UTINYINT, ttl UTINYINT)[],
  pppHdr VARCHAR,
  l2tpHdr VARCHAR,
  l2tpTID USMALLINT,
  l2tpSID USMALLINT,
  l2tpCCSID UINTEGER,
  l2tpSrcIP VARCHAR,
  l2tpDstIP VARCHAR,
  greHdr VARCHAR,
  greSrcIP VARCHAR,
  greDstIP VARCHAR,
  trdoDstIP VARCHAR,
  trdoDstPort USMALLINT,
  trdo6SrcFlgs VARCHAR,
  trdo6SrcSrvIP4 VARCHAR,
  trdo6SrcCPIP4 VARCHAR,
  trdo6SrcCPPort USMALLINT,
  trdo6DstFlgs VARCHAR,
  trdo6DstSrvIP4 VARCHAR,
  trdo6DstCPIP4 VARCHAR,
  trdo6DstCPPort USMALLINT,
  flowInd UBIGINT,
  dir VARCHAR,
  flowStat VARCHAR,
  pktIAT DECIMAL(28, 9),
  pktTrip DECIMAL(28, 9),
  flowDuration DECIMAL(28, 9),
  pldStat VARCHAR,
  atOffset UBIGINT,
  atLength UINTEGER,
  payload VARCHAR
);

CREATE TABLE flows (
  captureId VARCHAR,
  flowInd UBIGINT,
  dir VARCHAR,
  flowStat VARCHAR,
  timeFirst DECIMAL(28, 9),
  timeLast DECIMAL(28, 9),
  duration DECIMAL(28, 9),
  numHdrDesc UINTEGER,
  numHdrs UINTEGER[],
  hdrDesc VARCHAR[],
  srcMac VARCHAR[],
  dstMac VARCHAR[],
  ethType VARCHAR,
  ethVlanID USMALLINT[],
  srcIP VARCHAR,
  srcIPCC VARCHAR,
  srcIPOrg VARCHAR,
  srcPort USMALLINT,
  dstIP VARCHAR,
  dstIPCC VARCHAR,
  dstIPOrg VARCHAR,
  dstPort USMALLINT,
  l4Proto UTINYINT,
  communityId VARCHAR,
  firstPktNo UBIGINT,
  numPktsSnt UBIGINT,
  wireBytesSnt UBIGINT,
  capBytesSnt UBIGINT,
  l7BytesSnt UBIGINT,
  endReason VARCHAR,
  continuationOf UBIGINT,
  vlanHdr VARCHAR[],
  vlanTPID_PCP_DEI_VID STRUCT(tpid VARCHAR, pcp UTINYINT, dei UTINYINT, vid USMALLINT)[],
  mplsLabels UINTEGER[],
  mplsLabelsHex VARCHAR[],
  mplsHdrsHex VARCHAR[],
  mplsLabel_ToS_S_TTL STRUCT(label UINTEGER, tos UTINYINT, s UTINYINT, ttl UTINYINT)[],
  pppHdr VARCHAR,
  l2tpHdr VARCHAR,
  l2tpTID USMALLINT,
  l2tpSID USMALLINT,
  l2tpCCSID UINTEGER,
  l2tpSrcIP VARCHAR,
  l2tpDstIP VARCHAR,
  greHdr VARCHAR,
  greSrcIP VARCHAR,
  greDstIP VARCHAR,
  trdoDstIP VARCHAR,
  trdoDstPort USMALLINT,
  trdo6SrcFlgs VARCHAR,
  trdo6SrcSrvIP4 VARCHAR,
  trdo6SrcCPIP4 VARCHAR,
  trdo6SrcCPPort USMALLINT,
  trdo6DstFlgs VARCHAR,
  trdo6DstSrvIP4 VARCHAR,
  trdo6DstCPIP4 VARCHAR,
  trdo6DstCPPort USMALLINT,
  pldStat VARCHAR,
  pldFile VARCHAR,
  pldIndex VARCHAR,
  pldLen UBIGINT,
  pldBytes UBIGINT,
  pldGaps STRUCT("offset" BIGINT, length UBIGINT, reason VARCHAR)[],
  pldOverlaps UBIGINT,
  pldFiles STRUCT(sctpStream USMALLINT, pldFile VARCHAR, pldIndex VARCHAR, pldLen UBIGINT, pldBytes UBIGINT, pldGaps STRUCT("offset" BIGINT, length UBIGINT, reason VARCHAR)[], pldOverlaps UBIGINT)[]
);

CREATE TABLE chunks (
  captureId VARCHAR,
  flowInd UBIGINT,
  dir VARCHAR,
  pktNo UBIGINT,
  time DECIMAL(28, 9),
  timeFirst DECIMAL(28, 9),
  ethType VARCHAR,
  ethVlanID USMALLINT[],
  srcMac VARCHAR,
  dstMac VARCHAR,
  srcIP VARCHAR,
  srcPort USMALLINT,
  dstIP VARCHAR,
  dstPort USMALLINT,
  l4Proto UTINYINT,
  sctpStream USMALLINT,
  sctpPpid UINTEGER,
  sctpUnordered BOOLEAN,
  sctpFragment VARCHAR,
  "offset" BIGINT,
  length UINTEGER,
  payload VARCHAR
);

CREATE TABLE gaps (
  captureId VARCHAR,
  flowInd UBIGINT,
  dir VARCHAR,
  sctpStream USMALLINT,
  "offset" BIGINT,
  length UBIGINT,
  reason VARCHAR
);

CREATE TABLE "overlaps" (
  captureId VARCHAR,
  flowInd UBIGINT,
  dir VARCHAR,
  pktNo UBIGINT,
  firstPktNo UBIGINT,
  "offset" BIGINT,
  length UBIGINT,
  kept VARCHAR,
  compared BOOLEAN,
  old VARCHAR,
  new VARCHAR
);

CREATE TABLE notes (
  level VARCHAR,
  code VARCHAR,
  message VARCHAR,
  captureId VARCHAR,
  file VARCHAR,
  pktNo UBIGINT,
  line UBIGINT,
  flowInd UBIGINT,
  dir VARCHAR
);

-- Counters differ from stage to stage: one row a counter.
CREATE TABLE summaries (
  stage VARCHAR,
  counter VARCHAR,
  value VARCHAR
);

INSERT INTO captures
SELECT
  json ->> 'captureId',
  json ->> 'file',
  json ->> 'format',
  json ->> 'compression',
  (json -> 'linkTypes')::USMALLINT[],
  (json -> 'snaplen')::UBIGINT,
  (json -> 'size')::UBIGINT,
  (json -> 'mtime')::BIGINT,
  from_json(
    json -> 'interfaces',
    '[{"linkType":"USMALLINT","snaplen":"UBIGINT","digits":"UTINYINT","name":"VARCHAR"}]'
  )
FROM lines
WHERE type = 'capture';

INSERT INTO frames
SELECT
  json ->> 'captureId',
  (json -> 'pktNo')::UBIGINT,
  (json ->> 'time')::DECIMAL(28, 9),
  (json -> 'ifaceNo')::USMALLINT,
  (json -> 'linkType')::USMALLINT,
  (json -> 'capLen')::UINTEGER,
  (json -> 'wireLen')::UINTEGER,
  json ->> 'payload'
FROM lines
WHERE type = 'frame';

INSERT INTO packets
SELECT
  json ->> 'captureId',
  (json -> 'pktNo')::UBIGINT,
  (json -> 'filePktNo')::UBIGINT,
  (json ->> 'time')::DECIMAL(28, 9),
  (json -> 'capLen')::UINTEGER,
  (json -> 'wireLen')::UINTEGER,
  json ->> 'hdrDesc',
  (json -> 'numHdrs')::UINTEGER,
  (json -> 'tunnelId')::UINTEGER,
  (json -> 'ethVlanID')::USMALLINT[],
  json ->> 'srcMac',
  json ->> 'dstMac',
  json ->> 'ethType',
  json ->> 'srcIP',
  (json -> 'srcPort')::USMALLINT,
  json ->> 'dstIP',
  (json -> 'dstPort')::USMALLINT,
  (json -> 'l4Proto')::UTINYINT,
  (json -> 'ipId')::USMALLINT,
  (json -> 'icmpType')::UTINYINT,
  (json -> 'icmpCode')::UTINYINT,
  (json -> 'tcpSeq')::UINTEGER,
  (json -> 'tcpAck')::UINTEGER,
  json ->> 'tcpFlags',
  (json -> 'tcpWin')::USMALLINT,
  (json -> 'tcpUrg')::USMALLINT,
  (json -> 'tcpTsVal')::UINTEGER,
  json ->> 'l4Chk',
  (json -> 'l7Len')::UINTEGER,
  (json -> 'snapL7Len')::UINTEGER,
  json ->> 'pktStat',
  (json -> 'vlanHdr')::VARCHAR[],
  from_json(json -> 'vlanTPID_PCP_DEI_VID', '[{"tpid":"VARCHAR","pcp":"UTINYINT","dei":"UTINYINT","vid":"USMALLINT"}]'),
  (json -> 'mplsLabels')::UINTEGER[],
  (json -> 'mplsLabelsHex')::VARCHAR[],
  (json -> 'mplsHdrsHex')::VARCHAR[],
  from_json(json -> 'mplsLabel_ToS_S_TTL', '[{"label":"UINTEGER","tos":"UTINYINT","s":"UTINYINT","ttl":"UTINYINT"}]'),
  json ->> 'pppHdr',
  json ->> 'l2tpHdr',
  (json -> 'l2tpTID')::USMALLINT,
  (json -> 'l2tpSID')::USMALLINT,
  (json -> 'l2tpCCSID')::UINTEGER,
  json ->> 'l2tpSrcIP',
  json ->> 'l2tpDstIP',
  json ->> 'greHdr',
  json ->> 'greSrcIP',
  json ->> 'greDstIP',
  json ->> 'trdoDstIP',
  (json -> 'trdoDstPort')::USMALLINT,
  json ->> 'trdo6SrcFlgs',
  json ->> 'trdo6SrcSrvIP4',
  json ->> 'trdo6SrcCPIP4',
  (json -> 'trdo6SrcCPPort')::USMALLINT,
  json ->> 'trdo6DstFlgs',
  json ->> 'trdo6DstSrvIP4',
  json ->> 'trdo6DstCPIP4',
  (json -> 'trdo6DstCPPort')::USMALLINT,
  (json -> 'flowInd')::UBIGINT,
  json ->> 'dir',
  json ->> 'flowStat',
  (json ->> 'pktIAT')::DECIMAL(28, 9),
  (json ->> 'pktTrip')::DECIMAL(28, 9),
  (json ->> 'flowDuration')::DECIMAL(28, 9),
  json ->> 'pldStat',
  (json -> 'atOffset')::UBIGINT,
  (json -> 'atLength')::UINTEGER,
  json ->> 'payload'
FROM lines
WHERE type = 'packet';

INSERT INTO flows
SELECT
  json ->> 'captureId',
  (json -> 'flowInd')::UBIGINT,
  json ->> 'dir',
  json ->> 'flowStat',
  (json ->> 'timeFirst')::DECIMAL(28, 9),
  (json ->> 'timeLast')::DECIMAL(28, 9),
  (json ->> 'duration')::DECIMAL(28, 9),
  (json -> 'numHdrDesc')::UINTEGER,
  (json -> 'numHdrs')::UINTEGER[],
  (json -> 'hdrDesc')::VARCHAR[],
  (json -> 'srcMac')::VARCHAR[],
  (json -> 'dstMac')::VARCHAR[],
  json ->> 'ethType',
  (json -> 'ethVlanID')::USMALLINT[],
  json ->> 'srcIP',
  json ->> 'srcIPCC',
  json ->> 'srcIPOrg',
  (json -> 'srcPort')::USMALLINT,
  json ->> 'dstIP',
  json ->> 'dstIPCC',
  json ->> 'dstIPOrg',
  (json -> 'dstPort')::USMALLINT,
  (json -> 'l4Proto')::UTINYINT,
  json ->> 'communityId',
  (json -> 'firstPktNo')::UBIGINT,
  (json -> 'numPktsSnt')::UBIGINT,
  (json -> 'wireBytesSnt')::UBIGINT,
  (json -> 'capBytesSnt')::UBIGINT,
  (json -> 'l7BytesSnt')::UBIGINT,
  json ->> 'endReason',
  (json -> 'continuationOf')::UBIGINT,
  (json -> 'vlanHdr')::VARCHAR[],
  from_json(json -> 'vlanTPID_PCP_DEI_VID', '[{"tpid":"VARCHAR","pcp":"UTINYINT","dei":"UTINYINT","vid":"USMALLINT"}]'),
  (json -> 'mplsLabels')::UINTEGER[],
  (json -> 'mplsLabelsHex')::VARCHAR[],
  (json -> 'mplsHdrsHex')::VARCHAR[],
  from_json(json -> 'mplsLabel_ToS_S_TTL', '[{"label":"UINTEGER","tos":"UTINYINT","s":"UTINYINT","ttl":"UTINYINT"}]'),
  json ->> 'pppHdr',
  json ->> 'l2tpHdr',
  (json -> 'l2tpTID')::USMALLINT,
  (json -> 'l2tpSID')::USMALLINT,
  (json -> 'l2tpCCSID')::UINTEGER,
  json ->> 'l2tpSrcIP',
  json ->> 'l2tpDstIP',
  json ->> 'greHdr',
  json ->> 'greSrcIP',
  json ->> 'greDstIP',
  json ->> 'trdoDstIP',
  (json -> 'trdoDstPort')::USMALLINT,
  json ->> 'trdo6SrcFlgs',
  json ->> 'trdo6SrcSrvIP4',
  json ->> 'trdo6SrcCPIP4',
  (json -> 'trdo6SrcCPPort')::USMALLINT,
  json ->> 'trdo6DstFlgs',
  json ->> 'trdo6DstSrvIP4',
  json ->> 'trdo6DstCPIP4',
  (json -> 'trdo6DstCPPort')::USMALLINT,
  json ->> 'pldStat',
  json ->> 'pldFile',
  json ->> 'pldIndex',
  (json -> 'pldLen')::UBIGINT,
  (json -> 'pldBytes')::UBIGINT,
  from_json(json -> 'pldGaps', '[{"offset":"BIGINT","length":"UBIGINT","reason":"VARCHAR"}]'),
  (json -> 'pldOverlaps')::UBIGINT,
  from_json(json -> 'pldFiles', '[{"sctpStream":"USMALLINT","pldFile":"VARCHAR","pldIndex":"VARCHAR","pldLen":"UBIGINT","pldBytes":"UBIGINT","pldGaps":[{"offset":"BIGINT","length":"UBIGINT","reason":"VARCHAR"}],"pldOverlaps":"UBIGINT"}]')
FROM lines
WHERE type = 'flow';

INSERT INTO chunks
SELECT
  json ->> 'captureId',
  (json -> 'flowInd')::UBIGINT,
  json ->> 'dir',
  (json -> 'pktNo')::UBIGINT,
  (json ->> 'time')::DECIMAL(28, 9),
  (json ->> 'timeFirst')::DECIMAL(28, 9),
  json ->> 'ethType',
  (json -> 'ethVlanID')::USMALLINT[],
  json ->> 'srcMac',
  json ->> 'dstMac',
  json ->> 'srcIP',
  (json -> 'srcPort')::USMALLINT,
  json ->> 'dstIP',
  (json -> 'dstPort')::USMALLINT,
  (json -> 'l4Proto')::UTINYINT,
  (json -> 'sctpStream')::USMALLINT,
  (json -> 'sctpPpid')::UINTEGER,
  (json -> 'sctpUnordered')::BOOLEAN,
  json ->> 'sctpFragment',
  (json -> 'offset')::BIGINT,
  (json -> 'length')::UINTEGER,
  json ->> 'payload'
FROM lines
WHERE type = 'chunk';

INSERT INTO gaps
SELECT
  json ->> 'captureId',
  (json -> 'flowInd')::UBIGINT,
  json ->> 'dir',
  (json -> 'sctpStream')::USMALLINT,
  (json -> 'offset')::BIGINT,
  (json -> 'length')::UBIGINT,
  json ->> 'reason'
FROM lines
WHERE type = 'gap';

INSERT INTO "overlaps"
SELECT
  json ->> 'captureId',
  (json -> 'flowInd')::UBIGINT,
  json ->> 'dir',
  (json -> 'pktNo')::UBIGINT,
  (json -> 'firstPktNo')::UBIGINT,
  (json -> 'offset')::BIGINT,
  (json -> 'length')::UBIGINT,
  json ->> 'kept',
  (json -> 'compared')::BOOLEAN,
  json ->> 'old',
  json ->> 'new'
FROM lines
WHERE type = 'overlap';

INSERT INTO notes
SELECT
  json ->> 'level',
  json ->> 'code',
  json ->> 'message',
  json ->> 'captureId',
  json ->> 'file',
  (json -> 'pktNo')::UBIGINT,
  (json -> 'line')::UBIGINT,
  (json -> 'flowInd')::UBIGINT,
  json ->> 'dir'
FROM lines
WHERE type = 'note';

INSERT INTO summaries
SELECT json ->> 'stage', counter, json ->> counter
FROM (SELECT json, unnest(json_keys(json)) AS counter FROM lines WHERE type = 'summary')
WHERE counter NOT IN ('type', 'stage');
