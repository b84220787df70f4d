/* RTCP as a browser would send and heed it (RFC 3550 section 6, RFC 4585, RFC 5104): sender and receiver reports, REMB, key frames. */
#include "generator.h"

#include <string.h>
#include <sys/socket.h>

#include "octets.h"

enum { SR = 200, RR = 201, FEEDBACK = 205, PICTURE = 206, BLOCK = 24, MOST_BLOCKS = 31, ROOM = 1400 };
static const uint64_t SECOND = 1000000000u, NTP_EPOCH = 2208988800u;
static const double HEADROOM = 1.5, LEAST_ESTIMATE = 300000; /* as Chromium's estimate stands to what arrives */

static uint64_t ntp_now(void)
{
    uint64_t now = lg_realtime();
    return (now / SECOND + NTP_EPOCH) << 32 | ((now % SECOND) << 32) / SECOND;
}

/* ---------------------------------------------------------------- in */
static void want_key(lg_generator *self, int number, uint32_t ssrc)
{
    for (int at = 0; at < self->stream_count; at++) {
        sent_stream *stream = &self->streams[at];
        if (stream->used && stream->spec.connection == number && stream->spec.ssrc == ssrc)
            stream->key_wanted = 1;
    }
}

static void take_picture_feedback(lg_generator *self, int number, const uint8_t *data, int length)
{
    int format = data[0] & 31;
    if (format == 1 && length >= 12) {
        self->totals.picture_loss++;
        want_key(self, number, get32(data + 8));
    }
    for (int at = 12; format == 4 && at + 8 <= length; at += 8) {
        self->totals.picture_loss++;
        want_key(self, number, get32(data + at));
    }
}

static void take_sender_report(connection *conn, const uint8_t *data, int length, uint64_t arrived)
{
    heard *stream = length >= 28 ? lg_find(conn, get32(data + 4), 0) : NULL;
    if (stream) {
        stream->report = (uint32_t)(get64(data + 8) >> 16);
        stream->report_at = arrived ? arrived : lg_realtime();
    }
}

void reports_take(lg_generator *self, int number, uint8_t *data, int length, uint64_t arrived)
{
    connection *conn = &self->connections[number];
    if (self->unprotect_rtcp(conn->unprotect, data, &length)) {
        self->totals.srtp_failures++;
        return;
    }
    self->totals.rtcp++;
    while (length >= 8) {
        int size = 4 + 4 * get16(data + 2);
        if (size < 8 || size > length)
            return;
        if (data[1] == SR)
            take_sender_report(conn, data, size, arrived);
        else if (data[1] == FEEDBACK)
            self->totals.nack += (data[0] & 31) == 1;
        else if (data[1] == PICTURE)
            take_picture_feedback(self, number, data, size);
        data += size;
        length -= size;
    }
}

/* ---------------------------------------------------------------- out */
static void send_rtcp(lg_generator *self, connection *conn, uint8_t *data, int length)
{
    if (length && !self->protect_rtcp(conn->protect, data, &length) && send(conn->fd, data, (size_t)length, MSG_DONTWAIT) < 0)
        self->totals.send_errors++;
}

static int sender_reports(lg_generator *self, int number, uint8_t *out)
{
    int length = 0;
    for (int at = 0; at < self->stream_count && length + 28 <= ROOM; at++) {
        const sent_stream *stream = &self->streams[at];
        if (!stream->used || stream->spec.connection != number || !stream->state.packets)
            continue;
        uint8_t *report = out + length;
        report[0] = 0x80;
        report[1] = SR;
        put16(report + 2, 6);
        put32(report + 4, stream->spec.ssrc);
        put64(report + 8, ntp_now());
        put32(report + 16, stream->state.timestamp);
        put32(report + 20, (uint32_t)stream->state.packets);
        put32(report + 24, (uint32_t)stream->state.octets);
        length += 28;
    }
    return length;
}

static void write_block(heard *stream, uint8_t *out)
{
    const lg_sequence *sequence = &stream->sequence;
    uint64_t expected = sequence->expected - stream->told_expected, received = sequence->received - stream->told_received;
    stream->told_expected = sequence->expected;
    stream->told_received = sequence->received;
    uint64_t lost = expected > received ? expected - received : 0;
    uint64_t lost_ever = sequence->expected > sequence->received ? sequence->expected - sequence->received : 0;
    put32(out, stream->ssrc);
    put32(out + 4, (uint32_t)(lost_ever < 0x7FFFFF ? lost_ever : 0x7FFFFF));
    out[4] = (uint8_t)(expected ? lost * 255 / expected : 0);
    put32(out + 8, (uint32_t)(sequence->first + sequence->expected - 1));
    put32(out + 12, 0);
    put32(out + 16, stream->report);
    uint64_t now = lg_realtime(), delay = now > stream->report_at ? now - stream->report_at : 0;
    put32(out + 20, stream->report && delay < 1000 * SECOND ? (uint32_t)(delay * 65536 / SECOND) : 0);
}

static int receiver_report(connection *conn, uint8_t *out)
{
    int blocks = 0;
    for (int at = 0; at < HEARD && blocks < MOST_BLOCKS; at++) {
        heard *stream = &conn->streams[at];
        if (stream->used && stream->sequence.received != stream->told_received)
            write_block(stream, out + 8 + BLOCK * blocks++);
    }
    out[0] = (uint8_t)(0x80 | blocks);
    out[1] = RR;
    put16(out + 2, (uint16_t)(1 + 6 * blocks));
    put32(out + 4, 1);
    return 8 + BLOCK * blocks;
}

/* Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb): near one and a half times what arrives. */
static int remb(connection *conn, uint8_t *out)
{
    double arriving = HEADROOM * 8 * (double)(conn->octets - conn->told_octets);
    conn->told_octets = conn->octets;
    conn->estimate = arriving > conn->estimate * 0.95 ? arriving : conn->estimate * 0.95;
    double told = conn->estimate > LEAST_ESTIMATE ? conn->estimate : LEAST_ESTIMATE;
    uint64_t mantissa = (uint64_t)told;
    int exponent = 0;
    for (; mantissa >> 18; mantissa >>= 1)
        exponent++;
    uint32_t ssrc = 0;
    for (int at = 0; at < HEARD && !ssrc; at++)
        ssrc = conn->streams[at].ssrc;
    out[0] = 0x80 | 15;
    out[1] = PICTURE;
    put16(out + 2, 5);
    put32(out + 4, 1);
    put32(out + 8, 0);
    memcpy(out + 12, "REMB", 4);
    put32(out + 16, 1u << 24 | (uint32_t)exponent << 18 | (uint32_t)mantissa);
    put32(out + 20, ssrc);
    return 24;
}

/* Once a second for each connection, each at a moment of its own. */
void reports_send(lg_generator *self, uint64_t now)
{
    static _Alignas(8) uint8_t out[LONGEST];
    for (int number = 0; number < MOST_CONNECTIONS; number++) {
        connection *conn = &self->connections[number];
        if (!conn->used || now < conn->report_due)
            continue;
        conn->report_due = (conn->report_due ? conn->report_due : now) + SECOND;
        send_rtcp(self, conn, out, sender_reports(self, number, out));
        if (conn->count) {
            int length = receiver_report(conn, out);
            send_rtcp(self, conn, out, length + (conn->remb ? remb(conn, out + length) : 0));
        }
    }
}
