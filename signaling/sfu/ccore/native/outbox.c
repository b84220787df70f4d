#define _GNU_SOURCE
#include "outbox.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "internal.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef SOL_UDP
#define SOL_UDP 17
#endif

enum {
    STRIDE = LONGEST + 64,  /* not a multiple of a page: headers would all fall into the same lines of the cache */
    MOST_OCTETS = 60000,    /* of one message; the kernel takes 65,507 */
    MOST_LOOKED_AT = 8,     /* messages to the same viewer that a packet may still join */
};

typedef struct {
    place *to;
    int length;
    int next; /* of the same message, or -1 */
} item;

typedef struct {
    int first, last, count, octets;
    int segment;      /* length of all but the last */
    int closed;       /* its last is shorter, or it has gone into another */
    int older;        /* the one before it to the same viewer, or -1 */
    uint64_t streams; /* a bit for each stream in it; two may share one */
} group;

struct outbox_store {
    uint64_t turn;
    item items[OUT_PACKETS];
    group groups[OUT_PACKETS];
    struct mmsghdr messages[OUT_PACKETS];
    struct iovec vectors[OUT_PACKETS];
    union {
        char room[CMSG_SPACE(sizeof(uint16_t))];
        struct cmsghdr align;
    } controls[OUT_PACKETS];
    uint8_t data[OUT_PACKETS][STRIDE];
};

int outbox_make(outbox *box)
{
    box->count = 0;
    box->store = calloc(1, sizeof *box->store);
    return box->store ? 0 : -1;
}

void outbox_free(outbox *box)
{
    free(box->store);
    box->store = NULL;
}

uint8_t *outbox_next(outbox *box) { return box->store->data[box->count]; }

void outbox_post(sfu_core *core, place *to, int length)
{
    item *posted = &core->out.store->items[core->out.count++];
    posted->to = to;
    posted->length = length;
    posted->next = -1;
    if (core->out.count == OUT_PACKETS)
        sfu_flush(core);
}

/* ---------------------------------------------------------------- messages */
/* The bit of a packet's stream, by its SSRC (RFC 3550 sections 5.1 and 6.4). */
static uint64_t stream_bit(const uint8_t *data, int length)
{
    if (length < 12 || data[0] < 128)
        return 1;
    return 1ull << (get32(data + (data[1] >= 192 && data[1] <= 223 ? 4 : 8)) * 0x9E3779B1u >> 26);
}

static int has_room(const sfu_core *core, const group *open, int length)
{
    return !open->closed && open->count < core->world.segments && open->octets + length <= MOST_OCTETS;
}

static void append(outbox_store *store, group *open, int index, uint64_t bit)
{
    store->items[open->last].next = index;
    open->last = index;
    open->count++;
    open->octets += store->items[index].length;
    open->closed = store->items[index].length < open->segment;
    open->streams |= bit;
}

/* Into a message of packets as long as this one, behind all of its own stream. */
static int join(sfu_core *core, const place *to, int index, uint64_t bit)
{
    outbox_store *store = core->out.store;
    int length = store->items[index].length, looked = 0;
    for (int at = to->open; at >= 0 && looked < MOST_LOOKED_AT; at = store->groups[at].older, looked++) {
        group *each = &store->groups[at];
        if (each->segment == length && has_room(core, each, length)) {
            append(store, each, index, bit);
            return 1;
        }
        if (each->streams & bit)
            return 0;
    }
    return 0;
}

/* How many packets went the same way before, of those that were counted last. */
static int64_t company(sfu_core *core, place *to)
{
    if (to->counted != core->traffic.taken) {
        to->counted = core->traffic.taken;
        to->packets = 0;
    }
    return to->packets++;
}

static int collect(sfu_core *core)
{
    outbox_store *store = core->out.store;
    int groups = 0;
    store->turn++;
    for (int index = 0; index < core->out.count; index++) {
        place *to = store->items[index].to;
        int length = store->items[index].length;
        uint64_t bit = stream_bit(store->data[index], length);
        core->traffic.packets++;
        core->traffic.squares += 2 * company(core, to) + 1;
        if (to->turn != store->turn)
            to->open = -1;
        to->turn = store->turn;
        if (!to->whole && join(core, to, index, bit))
            continue;
        store->groups[groups] = (group){index, index, 1, length, length, to->whole, to->open, bit};
        to->open = groups++;
    }
    return groups;
}

/* A packet alone becomes the shorter last one of another message, unless it would pass one of its stream. */
static int attach(sfu_core *core, group *message, group *alone, uint64_t passed)
{
    if (alone->count != 1 || alone->closed || alone->segment >= message->segment || alone->streams & passed ||
        !has_room(core, message, alone->segment))
        return 0;
    append(core->out.store, message, alone->first, alone->streams);
    alone->count = 0;
    alone->closed = 1;
    return 1;
}

static void attach_near(sfu_core *core, group *each)
{
    outbox_store *store = core->out.store;
    uint64_t between = 0;
    int looked = 0;
    for (int at = each->older; at >= 0 && looked < MOST_LOOKED_AT && each->count; at = store->groups[at].older, looked++) {
        group *before = &store->groups[at];
        if (before->count && !attach(core, before, each, between))
            (void)attach(core, each, before, between | each->streams);
        between |= before->count ? before->streams : 0;
    }
}

/* Fewer messages; how many are left. */
static int put_together(sfu_core *core, int groups)
{
    outbox_store *store = core->out.store;
    int kept = 0;
    for (int index = 0; index < groups; index++)
        attach_near(core, &store->groups[index]);
    for (int index = 0; index < groups; index++)
        if (store->groups[index].count)
            store->groups[kept++] = store->groups[index];
    return kept;
}

static void lay_out(sfu_core *core, int groups)
{
    outbox_store *store = core->out.store;
    struct iovec *vector = store->vectors;
    for (int index = 0; index < groups; index++) {
        const group *made = &store->groups[index];
        struct msghdr *header = &store->messages[index].msg_hdr;
        memset(header, 0, sizeof *header);
        header->msg_name = store->items[made->first].to->name;
        header->msg_namelen = (socklen_t)core->world.name_length;
        header->msg_iov = vector;
        header->msg_iovlen = (size_t)made->count;
        for (int at = made->first; at >= 0; at = store->items[at].next)
            *vector++ = (struct iovec){store->data[at], (size_t)store->items[at].length};
        if (made->count > 1) {
            header->msg_control = store->controls[index].room;
            header->msg_controllen = sizeof store->controls[index].room;
            struct cmsghdr *control = CMSG_FIRSTHDR(header);
            control->cmsg_level = SOL_UDP;
            control->cmsg_type = UDP_SEGMENT;
            control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
            uint16_t segment = (uint16_t)made->segment;
            memcpy(CMSG_DATA(control), &segment, sizeof segment);
        }
    }
}

/* A narrower link, a tunnel, a card that cannot: this viewer's packets go out one by one from now on. */
static void send_singly(sfu_core *core, const group *refused)
{
    outbox_store *store = core->out.store;
    for (int at = refused->first; at >= 0; at = store->items[at].next) {
        place *to = store->items[at].to;
        to->whole = 1;
        ssize_t done = sendto(core->world.fd, store->data[at], (size_t)store->items[at].length, MSG_DONTWAIT,
                              (const struct sockaddr *)to->name, (socklen_t)core->world.name_length);
        *(done < 0 ? &core->counters.send_failed : &core->counters.sent) += 1;
    }
}

/* A full socket buffer drops the rest, as a full link would; a datagram that cannot be sent is passed over. */
static void transmit(sfu_core *core, int groups)
{
    outbox_store *store = core->out.store;
    int start = 0;
    while (start < groups) {
        int done = sendmmsg(core->world.fd, store->messages + start, (unsigned)(groups - start), MSG_DONTWAIT);
        if (done > 0) {
            for (int end = start + done; start < end; start++)
                core->counters.sent += store->groups[start].count;
        } else if (errno == EAGAIN || errno == ENOBUFS) {
            for (; start < groups; start++)
                core->counters.send_failed += store->groups[start].count;
        } else if (errno != EINTR) {
            if (store->groups[start].count > 1)
                send_singly(core, &store->groups[start]);
            else
                core->counters.send_failed++;
            start++;
        }
    }
}

void sfu_take_traffic(sfu_core *core, sfu_traffic *traffic)
{
    *traffic = core->traffic;
    core->traffic = (sfu_traffic){.taken = traffic->taken + 1};
}

void sfu_flush(sfu_core *core)
{
    outbox_store *store = core->out.store;
    if (core->world.fd < 0) {
        for (int index = 0; index < core->out.count; index++)
            core->handler.datagram(core->owner, store->items[index].to->name, store->data[index], store->items[index].length);
        core->counters.sent += core->out.count;
    } else if (core->out.count) {
        int groups = put_together(core, collect(core));
        core->traffic.messages += groups;
        lay_out(core, groups);
        transmit(core, groups);
    }
    core->out.count = 0;
}
