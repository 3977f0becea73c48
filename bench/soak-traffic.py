"""Conversations on the loopback for so many seconds, so many a second: soak-traffic.py SECONDS RATE."""
import random
import socket
import sys
import threading
import time

seconds, rate = float(sys.argv[1]), float(sys.argv[2])
random.seed(1)
tcp = socket.create_server(("127.0.0.1", 8000), backlog=512)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 8001))


def answer(connection):
    """Sends back what comes in."""
    with connection:
        while data := connection.recv(1 << 16):
            connection.sendall(data)


def serve():
    while True:
        connection, _ = tcp.accept()
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def echo():
    while True:
        data, sender = udp.recvfrom(1 << 16)
        udp.sendto(data, sender)


for service in (serve, echo):
    threading.Thread(target=service, daemon=True).start()

end = time.monotonic() + seconds
conversations = payload = 0
while time.monotonic() < end:
    size = random.choice((200, 2_000, 20_000, 100_000))
    if random.random() < 0.8:
        with socket.create_connection(("127.0.0.1", 8000)) as connection:
            connection.sendall(random.randbytes(size))
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1 << 16):
                pass
    else:
        size = min(size, 1_400)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.settimeout(1)
            sender.sendto(random.randbytes(size), ("127.0.0.1", 8001))
            sender.recv(1 << 16)
    conversations += 1
    payload += 2 * size
    time.sleep(1 / rate)
print(f"sent: {conversations} conversations, {payload} bytes of payload both ways")
