/* Inside the generator. One lock guards everything; the thread holds it while it works and not while it sleeps. */
#ifndef GENERATOR_H
#define GENERATOR_H
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "loadgen.h"

enum {
    MOST_CONNECTIONS = 1024,
    MOST_STREAMS = 1024, /* that are sent */
    HEARD = 512,         /* places of a connection's table; a power of two */
    MOST_HEARD = 384,
    BATCH = 64,
    LONGEST = 1600,
    LATENCIES = 1 << 20,
    CONTROLS = 512
};

typedef struct {
    uint32_t ssrc;
    int used, payload_type;
    lg_sequence sequence;
    uint64_t octets;
    int countdown;                /* packets until one is decrypted and timed */
    uint64_t told_expected, told_received; /* at the last receiver report */
    uint32_t report; /* the middle of the last sender report's NTP time */
    uint64_t report_at; /* when the kernel took it in: that we read late is not the link's delay */
} heard;

typedef struct {
    int used, fd, remb;
    void *protect, *unprotect;
    uint64_t first_media, report_due;
    uint64_t octets, told_octets; /* received */
    double estimate;              /* bit/s, told as REMB */
    int count;
    heard *streams; /* HEARD places */
} connection;

typedef struct {
    int used, key_wanted;
    lg_stream_spec spec;
    lg_stream_state state;
    uint64_t due, frame_due; /* the next packets; the next frame */
    uint64_t key_at;
} sent_stream;

typedef struct {
    int connection, length;
    uint8_t data[LONGEST];
} control;

struct generator {
    lg_crypt protect, unprotect, protect_rtcp, unprotect_rtcp;
    int sample, epoll;
    pthread_t thread;
    pthread_mutex_t lock;
    atomic_int stopping;
    int running;
    lg_totals totals;
    connection connections[MOST_CONNECTIONS];
    sent_stream streams[MOST_STREAMS];
    int stream_count;
    uint32_t latencies[LATENCIES];
    int latency_count;
    control controls[CONTROLS];
    int control_first, control_count;
    uint32_t random;
    /* buffers of one system call */
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    uint8_t data[BATCH][LONGEST + 64];
    uint8_t stamps[BATCH][64];
};

uint64_t lg_monotonic(void);
uint64_t lg_realtime(void);
uint32_t lg_random(lg_generator *self);
heard *lg_find(connection *conn, uint32_t ssrc, int make);
void sink_read(lg_generator *self, int number);                     /* sink.c */
void reports_take(lg_generator *self, int number, uint8_t *data, int length, uint64_t arrived); /* reports.c; decrypts in place */
void reports_send(lg_generator *self, uint64_t now);
#endif
