/*
 * One end of an SCTP association in user space, for kernels without SCTP:
 *
 *   sctp listen  ADDRESS PORT                   waits for one association
 *   sctp connect ADDRESS PORT ADDRESS PORT      the server's, then the client's own
 *
 * stdin: messages to send, each a header of 8 bytes (stream as u16, zero, length as u32; little-endian) and its bytes.
 * stdout: what was received, in the same form; the second u16 is 1 at the end of a message. A header with the stream 65535
 * says that the program listens. The end of stdin shuts the association down. Exit 0 once the other end has done so too. Needs root: SCTP goes through raw sockets.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <usrsctp.h>

#define LARGEST 65536
#define STREAMS 16
#define LISTENS 65535

struct header {
	uint16_t stream, last;
	uint32_t length;
};

static void check(int good, const char *what)
{
	if (good) return;
	perror(what);
	_exit(1);
}

static socklen_t end_of(const char *address, const char *port, struct sockaddr_storage *end)
{
	struct sockaddr_in *four = (struct sockaddr_in *)end;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)end;
	memset(end, 0, sizeof *end);
	if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(atoi(port));
		return sizeof *four;
	}
	check(inet_pton(AF_INET6, address, &six->sin6_addr) == 1, address);
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(atoi(port));
	return sizeof *six;
}

static void leave(struct socket *sock)
{
	usrsctp_close(sock);
	/* fails as long as the association has something to do: a lost SHUTDOWN ACK */
	for (int i = 0; i < 40 && usrsctp_finish() != 0; i++) usleep(50000);
	_exit(0);
}

static void *receive(void *argument)
{
	static char bytes[LARGEST];
	struct socket *sock = argument;
	for (;;) {
		struct sctp_rcvinfo info = {0};
		struct sockaddr_storage from;
		socklen_t from_length = sizeof from, info_length = sizeof info;
		unsigned int info_type = 0;
		int flags = 0;
		ssize_t n = usrsctp_recvv(sock, bytes, sizeof bytes, (struct sockaddr *)&from, &from_length, &info,
			&info_length, &info_type, &flags);
		if (n <= 0) break;
		struct header header = {info.rcv_sid, (flags & MSG_EOR) != 0, n};
		fwrite(&header, sizeof header, 1, stdout);
		fwrite(bytes, n, 1, stdout);
		fflush(stdout);
	}
	leave(sock);
	return NULL;
}

static struct socket *open_socket(const char *address, const char *port)
{
	struct sockaddr_storage end;
	socklen_t length = end_of(address, port, &end);
	struct socket *sock = usrsctp_socket(end.ss_family, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
	check(sock != NULL, "socket");
	struct sctp_initmsg streams = {STREAMS, STREAMS, 0, 0};
	struct sctp_rtoinfo times = {0, 200, 1000, 100};
	/* a lost SHUTDOWN COMPLETE is never sent again by a program that has ended: the other end gives up after some seconds */
	struct sctp_assocparams patience = {.sasoc_asocmaxrxt = 6};
	int on = 1;
	check(usrsctp_setsockopt(sock, IPPROTO_SCTP, SCTP_INITMSG, &streams, sizeof streams) == 0, "SCTP_INITMSG");
	check(usrsctp_setsockopt(sock, IPPROTO_SCTP, SCTP_RTOINFO, &times, sizeof times) == 0, "SCTP_RTOINFO");
	check(usrsctp_setsockopt(sock, IPPROTO_SCTP, SCTP_ASSOCINFO, &patience, sizeof patience) == 0, "SCTP_ASSOCINFO");
	check(usrsctp_setsockopt(sock, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on) == 0, "SCTP_NODELAY");
	check(usrsctp_setsockopt(sock, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on) == 0, "SCTP_RECVRCVINFO");
	check(usrsctp_bind(sock, (struct sockaddr *)&end, length) == 0, "bind");
	return sock;
}

int main(int argc, char **argv)
{
	static char bytes[LARGEST];
	struct socket *sock;
	if (argc != 4 && argc != 6) return 2;
	usrsctp_init(0, NULL, NULL);
	/* other associations of this host live in other processes: what is not ours is not ours to abort */
	usrsctp_sysctl_set_sctp_blackhole(2);
	usrsctp_sysctl_set_sctp_ecn_enable(0);
	if (argc == 4) {
		struct socket *listener = open_socket(argv[2], argv[3]);
		check(usrsctp_listen(listener, 1) == 0, "listen");
		/* before this a packet would have been answered with an ABORT */
		struct header listens = {LISTENS, 0, 0};
		fwrite(&listens, sizeof listens, 1, stdout);
		fflush(stdout);
		sock = usrsctp_accept(listener, NULL, NULL);
		check(sock != NULL, "accept");
		usrsctp_close(listener);
	} else {
		struct sockaddr_storage end;
		socklen_t length = end_of(argv[2], argv[3], &end);
		sock = open_socket(argv[4], argv[5]);
		check(usrsctp_connect(sock, (struct sockaddr *)&end, length) == 0, "connect");
	}
	pthread_t receiver;
	pthread_create(&receiver, NULL, receive, sock);
	for (;;) {
		struct header header;
		if (fread(&header, sizeof header, 1, stdin) != 1) break;
		check(header.length <= LARGEST && fread(bytes, 1, header.length, stdin) == header.length, "stdin");
		struct sctp_sndinfo info = {.snd_sid = header.stream};
		check(usrsctp_sendv(sock, bytes, header.length, NULL, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0)
			== header.length, "send");
	}
	usrsctp_shutdown(sock, SHUT_WR);
	pthread_join(receiver, NULL);
}
