/* The generator: tables, the sender's clock, the thread. */
#include "generator.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { TICKS_A_READ = 2, BURST = 6 };
static const uint64_t SECOND = 1000000000u, TICK = 1000000u, KEY_PAUSE = 300000000u, LATE = 20000000u;

static uint64_t clock_now(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

uint64_t lg_monotonic(void) { return clock_now(CLOCK_MONOTONIC); }
uint64_t lg_realtime(void) { return clock_now(CLOCK_REALTIME); }

uint32_t lg_random(lg_generator *self) /* xorshift: phases and first numbers */
{
    self->random ^= self->random << 13;
    self->random ^= self->random >> 17;
    self->random ^= self->random << 5;
    return self->random;
}

heard *lg_find(connection *conn, uint32_t ssrc, int make)
{
    uint32_t place = ssrc * 2654435761u >> 16;
    for (int step = 0; step < HEARD; step++, place++) {
        heard *found = &conn->streams[place % HEARD];
        if (found->used && found->ssrc == ssrc)
            return found;
        if (found->used)
            continue;
        if (!make || conn->count >= MOST_HEARD)
            return NULL;
        found->used = 1;
        found->ssrc = ssrc;
        found->countdown = 1; /* the first one always: libsrtp must know the stream before its numbers wrap */
        conn->count++;
        return found;
    }
    return NULL;
}

/* ---------------------------------------------------------------- sending */
static void send_packets(lg_generator *self, sent_stream *stream)
{
    connection *conn = &self->connections[stream->spec.connection];
    int count = 0;
    for (; count < BURST && stream->state.left; count++) {
        int length = lg_packet(&stream->spec, &stream->state, lg_realtime(), self->data[count], LONGEST);
        if (!length || self->protect(conn->protect, self->data[count], &length)) {
            self->totals.srtp_failures++;
            stream->state.left = 0;
            break;
        }
        self->vectors[count] = (struct iovec){self->data[count], (size_t)length};
        self->messages[count].msg_hdr = (struct msghdr){.msg_iov = &self->vectors[count], .msg_iovlen = 1};
        self->totals.sent_octets += (uint64_t)length;
    }
    int done = count ? sendmmsg(conn->fd, self->messages, (unsigned)count, MSG_DONTWAIT) : 0;
    self->totals.sent += (uint64_t)(done > 0 ? done : 0);
    self->totals.send_errors += (uint64_t)(count - (done > 0 ? done : 0));
}

static int key_is_due(const sent_stream *stream, uint64_t now)
{
    uint64_t age = now - stream->key_at;
    int old = stream->spec.key_seconds > 0 && (double)age > stream->spec.key_seconds * (double)SECOND;
    return !stream->key_at || (stream->key_wanted && age > KEY_PAUSE) || old;
}

static void begin_frame(lg_generator *self, sent_stream *stream, uint64_t now)
{
    int key = stream->spec.video && key_is_due(stream, now);
    if (key) {
        stream->key_at = now;
        stream->key_wanted = 0;
        self->totals.key_frames++;
    }
    self->totals.frames++;
    self->totals.late_frames += now - stream->frame_due > LATE;
    lg_frame_begin(&stream->spec, &stream->state, key);
    stream->frame_due += (uint64_t)((double)SECOND / stream->spec.per_second);
    if (stream->frame_due + SECOND < now) /* we were held up: what is missed is missed, and counted as late */
        stream->frame_due = now;
}

/* A frame goes out a few packets a millisecond, as a browser's pacer does it. */
static void send_due(lg_generator *self, uint64_t now)
{
    for (int at = 0; at < self->stream_count; at++) {
        sent_stream *stream = &self->streams[at];
        if (!stream->used || stream->spec.per_second <= 0 || now < stream->due)
            continue;
        if (!stream->state.left)
            begin_frame(self, stream, now);
        send_packets(self, stream);
        stream->due = stream->state.left ? now + TICK : stream->frame_due;
    }
}

/* ---------------------------------------------------------------- the thread */
static void read_ready(lg_generator *self)
{
    struct epoll_event ready[256];
    int count = epoll_wait(self->epoll, ready, 256, 0);
    for (int at = 0; at < count; at++)
        sink_read(self, (int)ready[at].data.u32);
}

static void *run(void *owner)
{
    lg_generator *self = owner;
    uint64_t next = lg_monotonic();
    for (unsigned tick = 0; !atomic_load(&self->stopping); tick++) {
        pthread_mutex_lock(&self->lock);
        uint64_t now = lg_monotonic();
        send_due(self, now);
        if (tick % TICKS_A_READ == 0)
            read_ready(self);
        if (tick % 16 == 0)
            reports_send(self, now);
        pthread_mutex_unlock(&self->lock);
        next += TICK;
        now = lg_monotonic();
        next = next + 20 * TICK < now ? now : next;
        struct timespec until = {(time_t)(next / SECOND), (long)(next % SECOND)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
    return NULL;
}

lg_generator *lg_new(const lg_crypt functions[4], int sample)
{
    lg_generator *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->protect = functions[0];
    self->unprotect = functions[1];
    self->protect_rtcp = functions[2];
    self->unprotect_rtcp = functions[3];
    self->sample = sample > 0 ? sample : 1;
    self->random = (uint32_t)lg_realtime() | 1;
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    pthread_mutex_init(&self->lock, NULL);
    return self;
}

int lg_start(lg_generator *self)
{
    self->running = !pthread_create(&self->thread, NULL, run, self);
    return self->running ? 0 : -1;
}

void lg_stop(lg_generator *self)
{
    if (!self->running)
        return;
    atomic_store(&self->stopping, 1);
    pthread_join(self->thread, NULL);
    self->running = 0;
}

void lg_free(lg_generator *self)
{
    lg_stop(self);
    for (int number = 0; number < MOST_CONNECTIONS; number++)
        lg_drop_connection(self, number);
    close(self->epoll);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

/* ---------------------------------------------------------------- what Python asks for */
int lg_add_connection(lg_generator *self, int fd, void *protect, void *unprotect, int remb)
{
    pthread_mutex_lock(&self->lock);
    int number = 0;
    while (number < MOST_CONNECTIONS && self->connections[number].used)
        number++;
    heard *streams = number < MOST_CONNECTIONS ? calloc(HEARD, sizeof *streams) : NULL;
    struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = (uint32_t)number};
    if (!streams || epoll_ctl(self->epoll, EPOLL_CTL_ADD, fd, &wanted)) {
        free(streams);
        number = -1;
    } else {
        uint64_t first = lg_monotonic() + SECOND / 2 + lg_random(self) % (uint32_t)(SECOND / 2);
        self->connections[number] = (connection){.used = 1, .fd = fd, .remb = remb, .protect = protect, .unprotect = unprotect,
                                                 .report_due = first, .streams = streams};
    }
    pthread_mutex_unlock(&self->lock);
    return number;
}

void lg_drop_connection(lg_generator *self, int number)
{
    if (number < 0 || number >= MOST_CONNECTIONS)
        return;
    pthread_mutex_lock(&self->lock);
    connection *conn = &self->connections[number];
    if (conn->used) {
        epoll_ctl(self->epoll, EPOLL_CTL_DEL, conn->fd, NULL);
        free(conn->streams);
        *conn = (connection){0};
        for (int at = 0; at < self->stream_count; at++)
            self->streams[at].used = self->streams[at].used && self->streams[at].spec.connection != number;
    }
    pthread_mutex_unlock(&self->lock);
}

int lg_add_stream(lg_generator *self, const lg_stream_spec *spec)
{
    if (!lg_spec_fits(spec) || spec->connection < 0 || spec->connection >= MOST_CONNECTIONS)
        return -1;
    pthread_mutex_lock(&self->lock);
    int number = self->stream_count < MOST_STREAMS && self->connections[spec->connection].used ? self->stream_count : -1;
    if (number >= 0) {
        double interval = spec->per_second > 0 ? (double)SECOND / spec->per_second : (double)SECOND;
        uint64_t due = lg_monotonic() + (uint64_t)(interval * (lg_random(self) % 1000) / 1000);
        self->streams[number] = (sent_stream){.used = 1, .spec = *spec, .due = due, .frame_due = due};
        self->streams[number].state.sequence = (uint16_t)lg_random(self);
        self->streams[number].state.timestamp = lg_random(self);
        self->streams[number].state.picture = (uint16_t)(lg_random(self) & 0x7FFF);
        self->stream_count++;
    }
    pthread_mutex_unlock(&self->lock);
    return number;
}

void lg_set_stream(lg_generator *self, int number, double per_second, int level)
{
    if (number < 0 || number >= MOST_STREAMS || !(per_second >= 0 && per_second <= 10000))
        return;
    pthread_mutex_lock(&self->lock);
    sent_stream *stream = &self->streams[number];
    if (stream->used) {
        double interval = per_second > 0 ? (double)SECOND / per_second : 0;
        stream->frame_due = lg_monotonic() + (uint64_t)(interval * (lg_random(self) % 1000) / 1000);
        stream->due = stream->state.left ? stream->due : stream->frame_due;
        stream->spec.per_second = per_second;
        stream->spec.level = level;
    }
    pthread_mutex_unlock(&self->lock);
}

void lg_read_totals(lg_generator *self, lg_totals *out)
{
    pthread_mutex_lock(&self->lock);
    *out = self->totals;
    pthread_mutex_unlock(&self->lock);
}

int lg_read_heard(lg_generator *self, int number, lg_heard *out, int most)
{
    int count = 0;
    if (number < 0 || number >= MOST_CONNECTIONS)
        return 0;
    pthread_mutex_lock(&self->lock);
    const connection *conn = &self->connections[number];
    for (int at = 0; conn->used && at < HEARD && count < most; at++) {
        const heard *stream = &conn->streams[at];
        if (stream->used)
            out[count++] = (lg_heard){stream->ssrc, stream->payload_type, stream->sequence.expected, stream->sequence.received,
                                      stream->octets};
    }
    pthread_mutex_unlock(&self->lock);
    return count;
}

uint64_t lg_first_media(lg_generator *self, int number)
{
    if (number < 0 || number >= MOST_CONNECTIONS)
        return 0;
    pthread_mutex_lock(&self->lock);
    uint64_t first = self->connections[number].first_media;
    pthread_mutex_unlock(&self->lock);
    return first;
}

int lg_take_latencies(lg_generator *self, uint32_t *out, int most)
{
    pthread_mutex_lock(&self->lock);
    int count = self->latency_count < most ? self->latency_count : most;
    memcpy(out, self->latencies, (size_t)(count > 0 ? count : 0) * sizeof *out);
    self->latency_count = 0;
    pthread_mutex_unlock(&self->lock);
    return count;
}

int lg_take_control(lg_generator *self, int *number, uint8_t *out, int room)
{
    int length = 0;
    pthread_mutex_lock(&self->lock);
    if (self->control_count) {
        const control *kept = &self->controls[self->control_first];
        length = kept->length < room ? kept->length : room;
        *number = kept->connection;
        memcpy(out, kept->data, (size_t)length);
        self->control_first = (self->control_first + 1) % CONTROLS;
        self->control_count--;
    }
    pthread_mutex_unlock(&self->lock);
    return length;
}
