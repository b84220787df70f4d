/* Everything that arrives: media is counted from its header, one packet in so many is decrypted and timed. */
#include "generator.h"

#include <string.h>
#include <time.h>

#include "octets.h"

enum { TRAILER = 16, READS = 8, SMALLEST_RTP = 12 };

/* When the kernel took the datagram in; 0: it did not say. */
static uint64_t arrival(struct msghdr *header)
{
    for (struct cmsghdr *at = CMSG_FIRSTHDR(header); at; at = CMSG_NXTHDR(header, at)) {
        if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_TIMESTAMPNS && at->cmsg_len >= CMSG_LEN(sizeof(struct timespec))) {
            struct timespec when;
            memcpy(&when, CMSG_DATA(at), sizeof when);
            return (uint64_t)when.tv_sec * 1000000000u + (uint64_t)when.tv_nsec;
        }
    }
    return 0;
}

static void inspect(lg_generator *self, connection *conn, uint8_t *data, int length, uint64_t arrived)
{
    if (self->unprotect(conn->unprotect, data, &length)) {
        self->totals.srtp_failures++;
        return;
    }
    if (length < SMALLEST_RTP + TRAILER || memcmp(data + length - TRAILER, "SFUL", 4)) {
        self->totals.unmarked++;
        return;
    }
    uint64_t sent = get64(data + length - 8);
    if (arrived > sent && self->latency_count < LATENCIES) {
        uint64_t microseconds = (arrived - sent) / 1000;
        self->latencies[self->latency_count++] = microseconds < UINT32_MAX ? (uint32_t)microseconds : UINT32_MAX;
    }
}

static void media(lg_generator *self, connection *conn, uint8_t *data, int length, struct msghdr *header)
{
    heard *stream = lg_find(conn, get32(data + 8), 1);
    if (!stream) {
        self->totals.refused++;
        return;
    }
    if (!conn->first_media)
        conn->first_media = lg_monotonic();
    lg_sequence before = stream->sequence;
    lg_sequence_note(&stream->sequence, get16(data + 2));
    self->totals.expected += stream->sequence.expected - before.expected;
    self->totals.received += stream->sequence.received - before.received;
    self->totals.duplicates += stream->sequence.duplicates - before.duplicates;
    self->totals.received_octets += (uint64_t)length;
    stream->payload_type = data[1] & 0x7F;
    stream->octets += (uint64_t)length;
    conn->octets += (uint64_t)length;
    if (stream->sequence.received == before.received || --stream->countdown > 0)
        return;
    stream->countdown = stream->sequence.received == 1 ? 1 + (int)(lg_random(self) % (uint32_t)self->sample) : self->sample;
    inspect(self, conn, data, length, arrival(header));
}

/* STUN and DTLS are for Python. */
static void keep_control(lg_generator *self, int number, const uint8_t *data, int length)
{
    if (self->control_count == CONTROLS || length > LONGEST) {
        self->totals.refused++;
        return;
    }
    control *kept = &self->controls[(self->control_first + self->control_count++) % CONTROLS];
    kept->connection = number;
    kept->length = length;
    memcpy(kept->data, data, (size_t)length);
}

static void take(lg_generator *self, int number, struct mmsghdr *message, uint8_t *data)
{
    int length = (int)message->msg_len;
    if (length < 1)
        return;
    if ((data[0] & 0xC0) != 0x80)
        keep_control(self, number, data, length);
    else if (length >= 8 && data[1] >= 192 && data[1] <= 223)
        reports_take(self, number, data, length, arrival(&message->msg_hdr));
    else if (length >= SMALLEST_RTP)
        media(self, &self->connections[number], data, length, &message->msg_hdr);
}

static void prepare(lg_generator *self)
{
    for (int at = 0; at < BATCH; at++) {
        self->vectors[at] = (struct iovec){self->data[at], LONGEST};
        self->messages[at].msg_hdr = (struct msghdr){
            .msg_iov = &self->vectors[at], .msg_iovlen = 1, .msg_control = self->stamps[at], .msg_controllen = sizeof self->stamps[at]};
    }
}

void sink_read(lg_generator *self, int number)
{
    for (int reads = 0; reads < READS && self->connections[number].used; reads++) {
        prepare(self);
        int count = recvmmsg(self->connections[number].fd, self->messages, BATCH, MSG_DONTWAIT, NULL);
        for (int at = 0; at < count; at++)
            take(self, number, &self->messages[at], self->data[at]);
        if (count < BATCH)
            return;
    }
}
