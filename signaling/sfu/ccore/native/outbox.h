/* Datagrams collected for sending. Packets that go to one viewer in one turn leave in few messages, cut up by the kernel
 * (UDP_SEGMENT): in each all but the last have the same length. A stream's packets stay in order, streams may pass each
 * other. */
#ifndef SFU_OUTBOX_H
#define SFU_OUTBOX_H
#include <stdint.h>

#include "api.h"

enum {
    SOCKADDR = 32,     /* octets reserved for an address; sockaddr_in6 has 28 */
    LONGEST = 2048,    /* octets of a datagram */
    TAG_ROOM = 160,    /* octets that protection may add */
    OUT_PACKETS = 256,
};

/* Where to: lives longer than what is collected for it, or the outbox is flushed first. */
typedef struct {
    uint8_t name[SOCKADDR];
    uint64_t turn;    /* when `open` was set */
    int open;         /* the newest message, whence the older ones are found */
    int whole;        /* the way there does not take UDP_SEGMENT */
    int64_t counted;  /* when `packets` began */
    int64_t packets;
} place;

typedef struct outbox_store outbox_store;

typedef struct {
    outbox_store *store;
    int count;
} outbox;

int outbox_make(outbox *box);
void outbox_free(outbox *box);

/* Where the next datagram is written: LONGEST octets. */
uint8_t *outbox_next(outbox *box);

/* What lies there goes to `to`; sends all when the box is full. */
void outbox_post(sfu_core *core, place *to, int length);
#endif
