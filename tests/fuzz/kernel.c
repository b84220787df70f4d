/* What stands in libsrtp's and the kernel's places for the fuzzed core. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "fuzz.h"

/* ---------------------------------------------------------------- libsrtp: tags are cut off, and some packets refused */
int protect(void *session, void *packet, int *length)
{
    (void)session;
    touch(packet, *length);
    memset((uint8_t *)packet + *length, 7, 16);
    *length += 16;
    must(*length <= LONGEST);
    return 0;
}

int unprotect(void *session, void *packet, int *length)
{
    (void)session;
    touch(packet, *length);
    return ((uint8_t *)packet)[1] == 0x7F;
}

/* ---------------------------------------------------------------- a network, in the kernel's place */
/* Messages of several packets say how long each is, and only the last is shorter. */
static void look_at(const struct msghdr *message)
{
    must(message->msg_namelen == NAME && message->msg_iovlen > 0 && message->msg_iovlen <= (size_t)core->world.segments + 1);
    touch(message->msg_name, NAME);
    size_t segment = message->msg_iov[0].iov_len, last = message->msg_iovlen - 1;
    for (size_t at = 0; at <= last; at++) {
        must(at == last ? message->msg_iov[at].iov_len <= segment : message->msg_iov[at].iov_len == segment);
        touch(message->msg_iov[at].iov_base, (int)message->msg_iov[at].iov_len);
    }
    must(!last == !message->msg_controllen);
    if (last) {
        const struct cmsghdr *control = CMSG_FIRSTHDR(message);
        must(control && control->cmsg_len == CMSG_LEN(sizeof(uint16_t)));
        uint16_t told;
        memcpy(&told, CMSG_DATA(control), sizeof told);
        must(told == segment);
    }
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    (void)fd;
    (void)flags;
    must(count > 0 && count <= OUT_PACKETS);
    for (unsigned at = 0; at < count; at++)
        look_at(&messages[at].msg_hdr);
    unsigned fate = next8();
    errno = fate == 0 ? EAGAIN : fate == 1 ? EINTR : EIO;
    return fate < 3 ? -1 : (int)(1 + fate % count);
}

ssize_t sendto(int fd, const void *data, size_t length, int flags, const struct sockaddr *to, socklen_t size)
{
    (void)fd;
    (void)flags;
    must(size == NAME);
    touch((const uint8_t *)to, NAME);
    touch(data, (int)length);
    return next8() & 1 ? (ssize_t)length : -1;
}
