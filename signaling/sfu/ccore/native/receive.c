/* Datagrams are read in batches, told apart, decrypted in place, and handled; see signaling/sfu/core/python.py. */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "internal.h"

struct inbox {
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    uint8_t names[BATCH][SOCKADDR];
    uint8_t data[BATCH][LONGEST];
};

inbox *inbox_new(int name_length)
{
    inbox *in = calloc(1, sizeof *in);
    for (int at = 0; in && at < BATCH; at++) {
        in->vectors[at] = (struct iovec){in->data[at], LONGEST};
        in->messages[at].msg_hdr.msg_iov = &in->vectors[at];
        in->messages[at].msg_hdr.msg_iovlen = 1;
        in->messages[at].msg_hdr.msg_name = in->names[at];
        in->messages[at].msg_hdr.msg_namelen = (socklen_t)name_length;
    }
    return in;
}

void inbox_free(inbox *in) { free(in); }

/* ---------------------------------------------------------------- forwarding */
/* A key frame begins (or sound arrives): whoever waits for it carries the stream from here on. */
static void switch_slots(sfu_core *core, stream *source, const record *packet)
{
    int64_t handle = source->handle;
    while ((source = find_stream(core, handle)) && source->waiting.count && !list_reserve(&source->slots)) {
        slot *outgoing = source->waiting.items[0];
        list_remove(&source->waiting, outgoing);
        outgoing->target = NULL;
        slot_unlink(outgoing);
        const epoch *begun = slot_begin(outgoing, source, packet, core->now);
        uint32_t timestamp = packet->timestamp + begun->timestamp;
        send_one(core, outgoing, packet, begun, 0);
        core->handler.switched(core->owner, outgoing->handle, handle, timestamp);
    }
}

/* A packet out of order goes to those that were already carrying the stream when it was sent. */
static void forward_late(sfu_core *core, stream *source, const record *packet)
{
    int64_t handle = source->handle;
    core->handler.repaired(core->owner, handle, packet->sequence);
    source = find_stream(core, handle);
    for (int at = 0; source && at < source->slots.count; at++) {
        slot *outgoing = source->slots.items[at];
        epoch numbers;
        int fate = slot_late(outgoing, packet, &numbers);
        if (fate == THIN_SENT)
            send_one(core, outgoing, packet, &numbers, 0);
        else if (fate == THIN_LEFT_OUT)
            send_padding(core, outgoing, packet, &numbers);
    }
}

static void note_picture(stream *source, const rtp_vp8 *vp8)
{
    if (vp8->picture_at || vp8->short_at)
        source->picture = vp8->picture;
    if (vp8->tl0_at)
        source->tl0 = vp8->tl0;
    if (vp8->key) {
        source->stats.key_frames++;
        source->stats.height = vp8->height ? vp8->height : source->stats.height;
    }
}

/* Cache it, and tell the tap; the stream, unless the handler has dropped it. */
static stream *take_in(sfu_core *core, stream *source, const record *packet)
{
    int64_t handle = source->handle;
    stream_keep(source, packet);
    if (!source->tapped)
        return source;
    core->handler.tapped(core->owner, handle, packet->marker != 0, packet->sequence, packet->timestamp, packet->payload, packet->size);
    return find_stream(core, handle);
}

static void forward(sfu_core *core, stream *source, record *packet)
{
    int order = stream_arrive(source, packet->sequence, packet->timestamp, core->now);
    if (order == DUPLICATE)
        return;
    source->stats.packets++;
    source->stats.octets += packet->size;
    source->level_packets++;
    source->level_sum += packet->level & 0x7F;
    if (!source->audio)
        packet->vp8 = rtp_read_vp8(packet->payload, packet->size);
    source->stats.temporal[packet->vp8.tid] += packet->size;
    source = take_in(core, source, packet);
    if (!source)
        return;
    if (order == LATE) {
        forward_late(core, source, packet);
        return;
    }
    note_picture(source, &packet->vp8);
    if (source->gap > 0 && source->gap <= LARGEST_GAP) {
        int64_t handle = source->handle;
        core->handler.gap(core->owner, handle, (uint16_t)(packet->sequence - source->gap), source->gap, core->now);
        source = find_stream(core, handle);
    }
    if (source && source->slots.count)
        fan_out(core, source, packet);
    if (source && source->waiting.count && (packet->vp8.key || source->audio))
        switch_slots(core, source, packet);
}

/* A retransmitted packet: neither counted as received nor as a gap; probes repeat what is known. */
static void repair(sfu_core *core, stream *source, record *packet)
{
    if (source->highest < 0 || !rtp_older(packet->sequence, (uint16_t)(source->highest + 1)))
        return;
    if (stream_late(source, packet->sequence, (uint16_t)(packet->sequence - source->highest)) != LATE)
        return;
    source->stats.repaired++;
    packet->vp8 = rtp_read_vp8(packet->payload, packet->size);
    source = take_in(core, source, packet);
    if (source)
        forward_late(core, source, packet);
}

/* ---------------------------------------------------------------- media */
static int one_too_many(sfu_core *core, const connection *conn, uint32_t ssrc)
{
    /* Before anything is decrypted: whoever invents SSRCs must not fill our memory with their contexts. */
    if (conn->ssrcs.count < MOST_SSRCS || map_get(&conn->ssrcs, ssrc))
        return 0;
    core->counters.refused_stream++;
    return 1;
}

static void note_ssrc(connection *conn, uint32_t ssrc) { (void)map_put(&conn->ssrcs, ssrc, conn); }

static int was_refused(const connection *conn, uint32_t ssrc)
{
    for (int at = 0; at < conn->refused_count; at++)
        if (conn->refused[at] == ssrc)
            return 1;
    return 0;
}

/* Ask the handler about a new SSRC; one that stays refused is not asked about for ever. */
static stream *learn(sfu_core *core, connection *conn, uint32_t ssrc, const uint8_t *data, int length)
{
    int64_t handle = conn->handle;
    uint64_t key = ssrc_key(conn, ssrc);
    int refused = was_refused(conn, ssrc);
    if (conn->refused_count == UNKNOWN_SSRCS && !refused)
        return NULL;
    core->handler.unknown_stream(core->owner, handle, data, length);
    stream *learnt = map_get(&core->by_ssrc, key);
    conn = find_connection(core, handle);
    if (!learnt && conn && !refused && conn->refused_count < UNKNOWN_SSRCS)
        conn->refused[conn->refused_count++] = ssrc;
    return learnt;
}

static void on_packet(sfu_core *core, stream *source, const uint8_t *data, int length)
{
    int begin, end;
    if (!rtp_payload(data, length, &begin, &end)) {
        core->counters.malformed++;
        return;
    }
    record packet = {data + begin, core->now, end - begin, get32(data + 4), get16(data + 2), data[1] & 0x80,
                     NO_LEVEL_TOLD, HELD, {0}};
    if (source->rtx_of) {
        if (packet.size < 2)
            return; /* padding that probes the sender's bandwidth */
        packet.sequence = get16(packet.payload);
        packet.payload += 2;
        packet.size -= 2;
        repair(core, source->rtx_of, &packet);
        return;
    }
    if (source->level_id)
        packet.level = rtp_level(data, length, source->level_id);
    forward(core, source, &packet);
}

static void on_rtp(sfu_core *core, connection *conn, uint8_t *data, int length)
{
    uint32_t ssrc = get32(data + 8); /* a header is never encrypted */
    stream *source = map_get(&core->by_ssrc, ssrc_key(conn, ssrc));
    if (!source && one_too_many(core, conn, ssrc))
        return;
    if (core->world.unprotect(conn->receive, data, &length)) {
        core->counters.not_authentic++;
        return;
    }
    conn->last_seen = core->now;
    core->counters.received++;
    if (!source) {
        note_ssrc(conn, ssrc);
        source = learn(core, conn, ssrc, data, length);
    }
    if (source)
        on_packet(core, source, data, length);
    else
        core->counters.refused_stream++;
}

static void on_rtcp(sfu_core *core, connection *conn, uint8_t *data, int length)
{
    uint32_t ssrc = get32(data + 4);
    if (one_too_many(core, conn, ssrc))
        return;
    if (core->world.unprotect_rtcp(conn->receive, data, &length)) {
        core->counters.not_authentic++;
        return;
    }
    conn->last_seen = core->now;
    note_ssrc(conn, ssrc);
    core->handler.rtcp(core->owner, conn->handle, data, length, core->now);
}

/* ---------------------------------------------------------------- datagrams */
/* Tell STUN, DTLS and SRTP apart (RFC 7983 section 7). */
void treat_datagram(sfu_core *core, const uint8_t *name, uint8_t *data, int length)
{
    if (length < 12) {
        core->counters.malformed++;
        return;
    }
    if (data[0] < 4) {
        core->handler.stun(core->owner, data, length, name);
        return;
    }
    connection *conn = owner_of(core, name);
    if (!conn)
        core->counters.unknown_address++;
    else if (data[0] >= 128 && data[0] < 192 && conn->receive && data[1] >= 192 && data[1] <= 223)
        on_rtcp(core, conn, data, length);
    else if (data[0] >= 128 && data[0] < 192 && conn->receive && length <= MAX_PACKET)
        on_rtp(core, conn, data, length);
    else if (data[0] >= 20 && data[0] < 64)
        core->handler.dtls(core->owner, conn->handle, data, length);
    else
        core->counters.malformed++;
}

void sfu_begin(sfu_core *core, double now, double wall)
{
    core->now = now;
    stamp(core, wall);
}

void sfu_feed(sfu_core *core, const uint8_t *address, const uint8_t *data, int length)
{
    if (length < 0 || length > LONGEST)
        return;
    memcpy(core->in->names[0], address, (size_t)core->world.name_length);
    memcpy(core->in->data[0], data, (size_t)length);
    treat_datagram(core, core->in->names[0], core->in->data[0], length);
}

/* What arrives while the first packets are treated leaves together with them: a viewer's packets in one message. */
int sfu_pump(sfu_core *core, double now, double wall)
{
    inbox *in = core->in;
    int count = 1;
    sfu_begin(core, now, wall);
    for (int turn = 0; count > 0 && turn < READS_A_TURN; turn++) {
        count = recvmmsg(core->world.fd, in->messages, BATCH, MSG_DONTWAIT, NULL);
        for (int at = 0; at < count; at++)
            treat_datagram(core, in->names[at], in->data[at], (int)in->messages[at].msg_len);
    }
    sfu_flush(core);
    return count == BATCH;
}
