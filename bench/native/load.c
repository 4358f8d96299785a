/* The load generator: opens WebSockets to one server, publishes marked messages, counts receipts.
 *
 *   load HOST PORT N PATH READY PUBLISH SPREAD [PRE ...]
 *
 * bench/load.py is the same program for machines without a C compiler; the protocol on standard
 * input and output is described there. It knows nothing of the servers but these texts.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

enum { IN_FLIGHT = 64, EVENTS = 1024, CARRY = 48, CHUNK = 1 << 18, MARKER = 12 };
enum { DELAYS = 4000000, TICK = 10, MESSAGES = 1 << 20, STDIN = -1 };
enum state { HANDSHAKE, JOINING, READY, GONE };

struct peer { int fd; enum state state; int kept; char carry[CARRY]; };

static struct peer *peers;
static int total, alive, epoll;
static const char *ready, *publish, *pre[8];
static int pres;
static char room[CARRY + CHUNK + 1], *const chunk = room + CARRY;
static uint64_t sent_at[MESSAGES];
static uint32_t delays[DELAYS]; /* how many took that many times TICK microseconds */
static long base, sent, received, delayed, skip;
static uint64_t slowest;

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void watch(int fd, int number) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = number};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
}

static void open_peer(int index, struct sockaddr_in *to, const char *path, int spread) {
    char request[4096], filled[1024];
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (spread) { /* a source address has some 28,000 ports */
        struct sockaddr_in from = {.sin_family = AF_INET};
        from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (uint32_t)(index / 10000));
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        if (bind(fd, (void *)&from, sizeof from)) fail("bind");
    }
    if (connect(fd, (void *)to, sizeof *to)) fail("connect");
    filled[fill(filled, path, index, 0)] = 0;
    int size = sprintf(request,
                       "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                       "Sec-WebSocket-Version: 13\r\n\r\n",
                       filled, ntohs(to->sin_port));
    write_all(fd, request, (size_t)size);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    peers[index] = (struct peer){.fd = fd, .state = HANDSHAKE};
    watch(fd, index);
}

/* Look for `needle` in what came, keeping what may be its beginning. Returns what follows it. */
static char *find(struct peer *peer, char *from, char *end, const char *needle) {
    size_t size = strlen(needle);
    char *at = memmem(from, (size_t)(end - from), needle, size);
    if (at) return at + size;
    size_t keep = (size_t)(end - from) < size - 1 ? (size_t)(end - from) : size - 1;
    memcpy(peer->carry, end - keep, keep);
    peer->kept = (int)keep;
    return NULL;
}

/* Take a connection through handshake and join. Returns 1 when it has become ready. */
static int advance(struct peer *peer, char *from, char *end) {
    if (peer->state == HANDSHAKE) {
        if (!(from = find(peer, from, end, "\r\n\r\n"))) return 0;
        char text[4096];
        for (int i = 0; i < pres; i++)
            send_frame(peer->fd, 1, text, fill(text, pre[i], (int)(peer - peers), 0));
        peer->state = JOINING;
    }
    if (*ready && !find(peer, from, end, ready)) return 0;
    peer->state = READY;
    return 1;
}

static void count(struct peer *peer, char *from, char *end, uint64_t at) {
    char *mark = from;
    while ((mark = memchr(mark, '~', (size_t)(end - mark)))) {
        if (end - mark < MARKER) break;
        if (memcmp(mark, "~#00", 4)) { mark++; continue; } /* `~` begins a frame's length, too */
        long number = 0;
        for (int i = 2; i < MARKER; i++) number = number * 10 + (mark[i] - '0');
        mark += MARKER;
        number -= base;
        if (number < 0 || number >= sent) continue; /* of a run before that was given up */
        received++;
        if (number < skip) continue;
        uint64_t delay = (at - sent_at[number]) / 1000;
        if (delay > slowest) slowest = delay;
        delays[delay / TICK < DELAYS ? delay / TICK : DELAYS - 1]++;
        delayed++;
    }
    if (mark) {
        memcpy(peer->carry, mark, (size_t)(end - mark));
        peer->kept = (int)(end - mark);
    }
}

/* Answer pings, or the server would take us for dead. No text holds the byte 0. */
static void answer_pings(struct peer *peer, const char *data, const char *end) {
    for (const char *at = data; (at = memchr(at, 0, (size_t)(end - at))); at++)
        if (at > data && (unsigned char)at[-1] == 0x89) send_frame(peer->fd, 10, "", 0);
}

/* Read what is there, once per connection. Returns how many became ready, STDIN for a command. */
static int step(int timeout) {
    struct epoll_event events[EVENTS];
    int became = 0, number = epoll_wait(epoll, events, EVENTS, timeout), command = 0;
    for (int i = 0; i < number; i++) {
        if (events[i].data.fd == STDIN) { command = 1; continue; }
        struct peer *peer = &peers[events[i].data.fd];
        ssize_t size = recv(peer->fd, chunk, CHUNK, 0);
        if (size < 0 && errno == EAGAIN) continue;
        if (size <= 0) {
            if (peer->state != READY) fail("refused before it had joined");
            epoll_ctl(epoll, EPOLL_CTL_DEL, peer->fd, NULL);
            close(peer->fd);
            peer->state = GONE;
            alive--;
            continue;
        }
        char *from = chunk - peer->kept, *end = chunk + size;
        memcpy(from, peer->carry, (size_t)peer->kept);
        peer->kept = 0;
        if (peer->state != READY) became += advance(peer, from, end);
        else {
            count(peer, from, end, now());
            answer_pings(peer, chunk, end);
        }
    }
    return command ? STDIN : became;
}

static void run(int window, double rate, double seconds, long least, int publishers) {
    char text[4096];
    base += sent; /* numbers are never used twice */
    sent = received = delayed = 0;
    slowest = 0;
    skip = rate > 0 ? 0 : window;
    memset(delays, 0, sizeof delays);
    uint64_t start = now(), newest = start, at = start;
    for (;;) {
        int more = sent < MESSAGES && (sent < least || (double)(at - start) / 1e9 < seconds);
        while (more && (rate > 0 ? (double)(at - start) * rate / 1e9 >= (double)sent
                                 : sent * alive - received < (long)window * alive)) {
            sent_at[sent] = now();
            sent++;
            int by = (int)((base + sent) % publishers);
            send_frame(peers[by].fd, 1, text, fill(text, publish, by, base + sent - 1));
        }
        if ((!more && received >= sent * alive) || at - newest > 10000000000u) break;
        double wait = more && rate > 0 ? 1000.0 * (double)sent / rate - (double)(at - start) / 1e6 : 100;
        long before = received;
        step(wait < 1 ? 0 : (int)wait);
        at = now();
        if (received > before) newest = at;
    }
    long middle = -1, late = -1, seen = 0;
    for (long i = 0; i < DELAYS && late < 0; i++) {
        seen += delays[i];
        if (middle < 0 && seen * 2 >= delayed) middle = i;
        if (seen * 100 >= delayed * 99) late = i;
    }
    printf("{\"sent\": %ld, \"received\": %ld, \"expected\": %ld, \"seconds\": %.6f, \"p50_us\": %ld,"
           " \"p99_us\": %ld, \"max_us\": %lu, \"lost\": %d}\n",
           sent, received, sent * alive, (double)(newest - start) / 1e9, middle * TICK, late * TICK,
           (unsigned long)slowest, total - alive);
}

int main(int count, char **word) {
    if (count < 8) { fprintf(stderr, "started by bench/generator.py\n"); return 2; }
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(word[2]))};
    inet_pton(AF_INET, word[1], &to.sin_addr);
    total = alive = atoi(word[3]);
    ready = word[5];
    publish = word[6];
    for (int i = 8; i < count && pres < 8; i++) pre[pres++] = word[i];
    peers = calloc((size_t)total, sizeof *peers);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    setvbuf(stdout, NULL, _IOLBF, 0);
    uint64_t start = now(), quiet;
    for (int opened = 0, done = 0; done < total;) {
        while (opened < total && opened - done < IN_FLIGHT)
            open_peer(opened++, &to, word[4], atoi(word[7]));
        done += step(1000);
    }
    printf("{\"seconds\": %.6f}\n", (double)(now() - start) / 1e9);
    watch(0, STDIN);
    char line[256];
    double rate, seconds;
    int window, publishers;
    long least;
    for (;;) {
        if (step(1000) != STDIN) continue;
        if (!fgets(line, sizeof line, stdin)) return 0;
        if (sscanf(line, "run %d %lf %lf %ld %d", &window, &rate, &seconds, &least, &publishers) == 5)
            run(window, rate, seconds, least, publishers);
        else if (sscanf(line, "settle %lf", &seconds) == 1) {
            for (quiet = now(); (double)(now() - quiet) / 1e9 < seconds;) step(20);
            printf("{}\n");
        }
    }
}
