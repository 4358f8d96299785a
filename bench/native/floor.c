/* The floor: a server that does nothing but send() each frame it gets to every socket.
 *
 * No server that makes one system call per receiver and message can be faster. It prints
 * "ready PORT", takes any request for a WebSocket handshake, and stores and checks nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEERS = 1 << 17, EVENTS = 256, CHUNK = 1 << 16 };

/* The answer to the one key that bench's generators send (RFC 6455 §1.3). */
static const char SWITCH[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                             "Connection: Upgrade\r\n"
                             "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static int joined[PEERS], number;
static struct rest { size_t size; unsigned char *data; } rest[PEERS]; /* an incomplete frame */

static void send_all(int fd, const unsigned char *data, size_t size) {
    while (size) {
        ssize_t done = send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done < 0 && errno == EAGAIN) poll(&(struct pollfd){fd, POLLOUT, 0}, 1, 1000);
        else if (done < 0) return;
        else { data += done; size -= (size_t)done; }
    }
}

/* Send each whole frame on, unmasked. Returns how much of the data that was. */
static size_t fan_out(const unsigned char *data, size_t size) {
    static unsigned char out[CHUNK + 4];
    size_t at = 0;
    while (size - at >= 6) {
        size_t length = data[at + 1] & 127, head = 2;
        if (length == 126) { length = (size_t)data[at + 2] << 8 | data[at + 3]; head = 4; }
        if (size - at < head + 4 + length) break;
        const unsigned char *mask = data + at + head, *body = mask + 4;
        memcpy(out, data + at, head);
        out[1] &= 127;
        for (size_t i = 0; i < length; i++) out[head + i] = body[i] ^ mask[i & 3];
        for (int i = 0; i < number; i++) send_all(joined[i], out, head + length);
        at += head + 4 + length;
    }
    return at;
}

static void leave(int fd) {
    close(fd);
    free(rest[fd].data);
    rest[fd] = (struct rest){0, NULL};
    for (int i = 0; i < number; i++)
        if (joined[i] == fd) { joined[i] = joined[--number]; return; }
}

static void serve(int fd) {
    static unsigned char data[2 * CHUNK];
    memcpy(data, rest[fd].data ? rest[fd].data : data, rest[fd].size);
    ssize_t got = recv(fd, data + rest[fd].size, CHUNK, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) { leave(fd); return; }
    if (!memcmp(data, "GET ", 4)) {
        send_all(fd, (const unsigned char *)SWITCH, sizeof SWITCH - 1);
        joined[number++] = fd;
        return;
    }
    size_t size = rest[fd].size + (size_t)got, used = fan_out(data, size);
    rest[fd].size = size - used;
    if (size > used) {
        if (!rest[fd].data) rest[fd].data = malloc(CHUNK);
        memcpy(rest[fd].data, data + used, size - used);
    }
}

int main(void) {
    int on = 1, epoll = epoll_create1(0), listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (void *)&address, size) || listen(listener, 4096)) return 1;
    getsockname(listener, (void *)&address, &size);
    struct epoll_event events[EVENTS], event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    printf("ready %d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int found = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < found; i++) {
            if (events[i].data.fd != listener) { serve(events[i].data.fd); continue; }
            int fd = accept(listener, NULL, NULL);
            if (fd < 0 || fd >= PEERS) return 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            event.data.fd = fd;
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        }
    }
}
