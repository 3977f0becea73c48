#!/usr/bin/env python3
"""link.py SEED PORT_A PORT_B PROFILES LOG

A wire between two interfaces that loses, repeats and delays frames at random. It needs no kernel module (tc netem is not
in every kernel). The profile of a frame is that of its server, told by the last byte of the server's address; what is
neither IPv4 nor IPv6 of a known server passes untouched. The generator is seeded, but the order in which frames arrive
is the kernel's, so two runs lose different frames. Ends at SIGTERM and writes what it did to LOG.
"""

import heapq
import json
import random
import select
import signal
import socket
import struct
import sys
import time

ETH_P_ALL = 3
PACKET_OUTGOING = 4
SOL_PACKET, PACKET_STATISTICS = 263, 6
BASE_DELAY = 0.001
LATE = (0.002, 0.020)
BUFFER = 8 << 20


def open_port(name):
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    port.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), BUFFER)
    port.bind((name, ETH_P_ALL))
    port.setblocking(False)
    return port


def server_of(frame, from_client):
    """Last byte of the server's address: the destination of what the client sends, the source of what comes back."""
    if frame[12:14] == b"\x08\x00" and len(frame) >= 34:
        return frame[33] if from_client else frame[29]
    if frame[12:14] == b"\x86\xdd" and len(frame) >= 54:
        return frame[53] if from_client else frame[37]
    return 0


class Link:
    def __init__(self, seed, names, profiles):
        self.random = random.Random(seed)
        self.ports = [open_port(name) for name in names]
        self.profiles = {int(byte): profile for byte, profile in profiles.items()}
        self.waiting = []
        self.serial = 0
        self.newest = {}
        self.counts = {
            profile["name"]: dict.fromkeys(("frames", "dropped", "doubled", "delayed", "overtaken"), 0)
            for profile in self.profiles.values()
        }
        self.running = True

    def queue(self, due, side, byte, serial, frame):
        heapq.heappush(self.waiting, (due, serial, side, byte, frame))

    def take(self, side, frame, now):
        byte = server_of(frame, side == 0)
        self.serial += 1
        profile = self.profiles.get(byte)
        if profile is None:
            self.queue(now, side, 0, self.serial, frame)
            return
        count = self.counts[profile["name"]]
        count["frames"] += 1
        if self.random.random() < profile["drop"]:
            count["dropped"] += 1
            return
        due = now + BASE_DELAY
        if self.random.random() < profile["late"]:
            count["delayed"] += 1
            due += self.random.uniform(*LATE)
        self.queue(due, side, byte, self.serial, frame)
        if self.random.random() < profile["twice"]:
            count["doubled"] += 1
            self.serial += 1
            self.queue(due + self.random.choice((0, self.random.uniform(*LATE))), side, byte, self.serial, frame)

    def send(self, serial, side, byte, frame):
        try:
            self.ports[1 - side].send(frame)
        except BlockingIOError:
            self.queue(time.monotonic() + 0.0005, side, byte, serial, frame)
            return
        if byte:
            newest = self.newest.get((side, byte), 0)
            if serial < newest:
                self.counts[self.profiles[byte]["name"]]["overtaken"] += 1
            self.newest[side, byte] = max(newest, serial)

    def run(self):
        while self.running:
            now = time.monotonic()
            while self.waiting and self.waiting[0][0] <= now:
                _, serial, side, byte, frame = heapq.heappop(self.waiting)
                self.send(serial, side, byte, frame)
            pause = max(0, self.waiting[0][0] - now) if self.waiting else 0.2
            readable, _, _ = select.select(self.ports, [], [], pause)
            for port in readable:
                self.drain(port)

    def drain(self, port):
        side = self.ports.index(port)
        for _ in range(64):
            try:
                frame, address = port.recvfrom(65535)
            except BlockingIOError:
                return
            if address[2] != PACKET_OUTGOING:
                self.take(side, frame, time.monotonic())

    def stop(self, *_):
        self.running = False

    def log(self):
        # what its own buffers lost is a loss like any other, but it is said
        missed = sum(struct.unpack("II", port.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1] for port in self.ports)
        return {"profiles": self.counts, "missedByLink": missed}


def main():
    seed, port_a, port_b, profiles, log = sys.argv[1:]
    with open(profiles, encoding="utf8") as file:
        link = Link(int(seed), (port_a, port_b), json.load(file))
    signal.signal(signal.SIGTERM, link.stop)
    signal.signal(signal.SIGINT, link.stop)
    print("ready", flush=True)
    link.run()
    with open(log, "w", encoding="utf8") as file:
        json.dump(link.log(), file)


if __name__ == "__main__":
    main()
