/* The floor: what receiving, decrypting, encrypting and sending cost by themselves. For each datagram that comes from one of
 * the senders, decrypted, one encrypted anew for each of the receivers; nothing else is looked at. Never returns but on an error. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "loadgen.h"

enum { BATCH = 64, LONGEST = 1600, PORTS = 65536 };

typedef struct {
    struct mmsghdr in[BATCH], out[BATCH];
    struct iovec in_vectors[BATCH], out_vectors[BATCH];
    struct sockaddr_in names[BATCH], places[1024];
    uint8_t received[BATCH][LONGEST], sent[BATCH][LONGEST + 64];
    void *by_port[PORTS]; /* all senders are on one host */
    int waiting, fd;
    lg_crypt protect, unprotect;
} loop;

static void flush(loop *self)
{
    for (int at = 0; at < self->waiting;) {
        int done = sendmmsg(self->fd, self->out + at, (unsigned)(self->waiting - at), 0);
        at += done > 0 ? done : 1;
    }
    self->waiting = 0;
}

static void forward(loop *self, const uint8_t *packet, int length, const lg_place *to, int tos)
{
    for (int at = 0; at < tos; at++) {
        int number = self->waiting, size = length;
        memcpy(self->sent[number], packet, (size_t)length);
        if (self->protect(to[at].session, self->sent[number], &size))
            continue;
        self->out_vectors[number] = (struct iovec){self->sent[number], (size_t)size};
        self->out[number].msg_hdr = (struct msghdr){.msg_name = &self->places[at], .msg_namelen = sizeof self->places[at],
                                                    .msg_iov = &self->out_vectors[number], .msg_iovlen = 1};
        if (++self->waiting == BATCH)
            flush(self);
    }
}

static void take(loop *self, int at, const lg_place *to, int tos)
{
    uint8_t *packet = self->received[at];
    int length = (int)self->in[at].msg_len;
    void *session = self->by_port[ntohs(self->names[at].sin_port)];
    int media = length >= 12 && (packet[0] & 0xC0) == 0x80 && (packet[1] < 192 || packet[1] > 223);
    if (session && media && !self->unprotect(session, packet, &length))
        forward(self, packet, length, to, tos);
}

static void prepare(loop *self)
{
    for (int at = 0; at < BATCH; at++) {
        self->in_vectors[at] = (struct iovec){self->received[at], LONGEST};
        self->in[at].msg_hdr = (struct msghdr){.msg_name = &self->names[at], .msg_namelen = sizeof self->names[at],
                                               .msg_iov = &self->in_vectors[at], .msg_iovlen = 1};
    }
}

int lg_forward(int fd, const lg_crypt functions[4], const lg_place *from, int froms, const lg_place *to, int tos)
{
    loop *self = tos >= 0 && tos <= 1024 ? calloc(1, sizeof *self) : NULL;
    if (!self)
        return -1;
    self->fd = fd;
    self->protect = functions[0];
    self->unprotect = functions[1];
    for (int at = 0; at < froms; at++)
        self->by_port[from[at].port & 0xFFFF] = from[at].session;
    for (int at = 0; at < tos; at++) {
        self->places[at] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)to[at].port)};
        memcpy(&self->places[at].sin_addr, to[at].address, 4);
    }
    prepare(self);
    for (;;) {
        int count = recvmmsg(fd, self->in, BATCH, MSG_WAITFORONE, NULL);
        if (count < 0 && errno != EINTR)
            break;
        for (int at = 0; at < count; at++)
            take(self, at, to, tos);
        flush(self);
    }
    free(self);
    return -1;
}
