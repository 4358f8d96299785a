/* Texts with places to fill, and WebSocket frames of a client: what the generator puts on the wire. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

/* Write `text` to `out`, with %d, %n and %M filled in. Returns the length. */
static size_t fill(char *out, const char *text, int index, long number) {
    char *to = out;
    for (; *text; text++) {
        if (*text != '%') *to++ = *text;
        else if (*++text == 'd') to += sprintf(to, "%d", index);
        else if (*text == 'n') to += sprintf(to, "%ld", number);
        else if (*text == 'M') to += sprintf(to, "~#%010ld", number);
    }
    return (size_t)(to - out);
}

static void write_all(int fd, const void *data, size_t size) {
    const char *at = data, *end = at + size;
    while (at < end) {
        ssize_t done = send(fd, at, (size_t)(end - at), MSG_NOSIGNAL);
        if (done > 0) at += done;
        else if (errno == EAGAIN) poll(&(struct pollfd){fd, POLLOUT, 0}, 1, 1000);
        else fail("send");
    }
}

/* Send a masked frame, as RFC 6455 §5.3 asks of clients. */
static void send_frame(int fd, int opcode, const char *text, size_t size) {
    static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    static unsigned char frame[70000];
    size_t head = 2;
    frame[0] = (unsigned char)(0x80 | opcode);
    if (size < 126) frame[1] = (unsigned char)(0x80 | size);
    else {
        frame[1] = 0x80 | 126;
        frame[2] = (unsigned char)(size >> 8);
        frame[3] = (unsigned char)size;
        head = 4;
    }
    memcpy(frame + head, mask, 4);
    for (size_t i = 0; i < size; i++) frame[head + 4 + i] = (unsigned char)text[i] ^ mask[i & 3];
    write_all(fd, frame, head + 4 + size);
}
