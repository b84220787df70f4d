/* What Python calls (cffi reads this file without its preprocessor lines): a sender of many RTP streams and a counting
 * sink, in one thread; and the floor, a bare loop that forwards. All times are nanoseconds. */
#ifndef LOADGEN_H
#define LOADGEN_H
#include <stdint.h>

typedef int (*lg_crypt)(void *session, void *packet, int *length); /* libsrtp's four functions, in place */

/* ---- counting one received stream (sequence.c) ---- */
typedef struct {
    uint64_t expected;   /* sequence numbers from the first to the highest */
    uint64_t received;   /* each once */
    uint64_t duplicates; /* seen before, or too old to tell */
    uint64_t seen;       /* bit n: the number n below the highest has come */
    uint32_t first;
    uint16_t highest;
} lg_sequence;
void lg_sequence_note(lg_sequence *state, uint16_t number);

/* ---- what is sent (packets.c) ---- */
typedef struct {
    int connection;
    int video;            /* 0: sound */
    uint32_t ssrc;
    int payload_type;
    int clock_rate;
    double per_second;    /* pictures, or packets of sound */
    int frame_bytes;      /* payload octets of a picture, or of a packet of sound */
    int key_bytes;        /* of a key frame */
    double key_seconds;   /* a key frame at least so often; 0: only when asked */
    int packet_bytes;     /* largest payload of one packet */
    int width, height;
    int temporal_layers;  /* 1 to 3 */
    uint8_t extension[64]; /* elements of the one-byte form (RFC 8285), a multiple of four octets */
    int extension_length;
    int level_at;         /* where the audio level (RFC 6464) stands in them, -1: nowhere */
    int level;            /* -dBov */
    uint32_t number;      /* put into every packet, with the time of sending */
} lg_stream_spec;
typedef struct {
    uint16_t sequence;
    uint32_t timestamp;
    uint16_t picture;
    uint8_t tl0;
    uint32_t frame;       /* since the last key frame */
    int left, size;       /* of the frame that is being sent: packets, octets */
    int key, temporal;    /* of that frame */
    uint64_t packets, octets;
} lg_stream_state;
int lg_spec_fits(const lg_stream_spec *spec);
void lg_frame_begin(const lg_stream_spec *spec, lg_stream_state *state, int key);
int lg_packet(const lg_stream_spec *spec, lg_stream_state *state, uint64_t now, uint8_t *out, int room);

/* ---- the generator (loadgen.c) ---- */
typedef struct generator lg_generator;
typedef struct {
    uint64_t sent, sent_octets, send_errors, late_frames, frames; /* late: more than 20 ms after their time */
    uint64_t expected, received, received_octets, duplicates;
    uint64_t srtp_failures, unmarked, refused; /* refused: streams or datagrams that fit no table */
    uint64_t rtcp, picture_loss, nack, key_frames;
} lg_totals;
typedef struct {
    uint32_t ssrc;
    int payload_type;
    uint64_t expected, received, octets;
} lg_heard;

lg_generator *lg_new(const lg_crypt functions[4], int sample); /* protect, unprotect, and the same for RTCP */
void lg_free(lg_generator *generator);
int lg_start(lg_generator *generator);
void lg_stop(lg_generator *generator);
int lg_add_connection(lg_generator *generator, int fd, void *protect, void *unprotect, int remb); /* -1: no room */
void lg_drop_connection(lg_generator *generator, int connection);
int lg_add_stream(lg_generator *generator, const lg_stream_spec *spec);
void lg_set_stream(lg_generator *generator, int stream, double per_second, int level);
void lg_read_totals(lg_generator *generator, lg_totals *out);
int lg_read_heard(lg_generator *generator, int connection, lg_heard *out, int most);
uint64_t lg_first_media(lg_generator *generator, int connection);
int lg_take_latencies(lg_generator *generator, uint32_t *out_microseconds, int most);
int lg_take_control(lg_generator *generator, int *connection, uint8_t *out, int room); /* length; 0: nothing waits */

/* ---- the floor (floor.c) ---- */
typedef struct {
    uint8_t address[4];
    int port;
    void *session;
} lg_place;
int lg_forward(int fd, const lg_crypt functions[4], const lg_place *from, int froms, const lg_place *to, int tos);
#endif
