/* What must hold whatever arrives: the compiled packet core reads and writes nothing but its own memory.
 *
 * An input is a script: what arrives, and what the caller does meanwhile, also from inside the core's callbacks, where it
 * may drop what the core is working on. Datagrams lie in memory of exactly their size, so that the address sanitiser sees
 * every octet read beyond. After each input everything is closed and nothing may be left. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { CONNECTIONS = 4, STREAMS = 6, SLOTS = 8, REPAIRS = 20 };

typedef struct {
    const uint8_t *at, *end;
} script;

sfu_core *core;
static script input;
static int64_t handles;
static int64_t streams[STREAMS], slots[SLOTS], connections[CONNECTIONS];
static uint16_t sequences[STREAMS];
static double now;
static volatile uint8_t sink;
static int session; /* stands for libsrtp's contexts */

void must(int held)
{
    if (!held)
        abort();
}

/* ---------------------------------------------------------------- reading the script */
unsigned next8(void) { return input.at < input.end ? *input.at++ : 0; }
static unsigned next16(void)
{
    unsigned high = next8();
    return high << 8 | next8();
}
static int left(void) { return (int)(input.end - input.at); }

static uint8_t *take(int size)
{
    uint8_t *copy = malloc(size ? (size_t)size : 1);
    must(copy != NULL);
    memcpy(copy, input.at, (size_t)size);
    input.at += size;
    return copy;
}

static const uint8_t *name_of(unsigned connection)
{
    static uint8_t name[SOCKADDR];
    memset(name, 0, sizeof name);
    name[3] = (uint8_t)connection;
    return name;
}

void touch(const uint8_t *data, int length)
{
    for (int at = 0; at < length; at++)
        sink ^= data[at];
}

/* ---------------------------------------------------------------- what the caller does */
static void add_stream(int at, int audio, int repair)
{
    int of = (int)(next8() % STREAMS);
    sfu_stream_spec spec = {1000u + (unsigned)at + (repair ? REPAIRS : 0), audio, audio ? 48000 : 90000, audio ? (int)(next8() % 16) : 0};
    int64_t handle = ++handles;
    if (!sfu_add_stream(core, handle, connections[at % 2], &spec, repair ? &streams[of] : NULL) && !repair) {
        (void)sfu_drop_stream(core, streams[at]);
        streams[at] = handle;
    }
}

static void add_slot(int at)
{
    unsigned form = next8();
    sfu_slot_spec spec = {at >= SLOTS / 2, 5000u + (unsigned)at, 96, 90000, (int)(form & 15), form & 16 ? 6000u + (unsigned)at : 0, 97,
                          (uint16_t)next16(), next16(), (uint16_t)next16(), (uint8_t)next8(), 9};
    slots[at] = ++handles;
    (void)sfu_add_slot(core, slots[at], connections[2 + at % 2], &spec);
}

static void open_connection(int at)
{
    connections[at] = ++handles;
    must(!sfu_open(core, connections[at]));
    (void)sfu_accept_from(core, connections[at], name_of((unsigned)at));
    (void)sfu_send_to(core, connections[at], name_of((unsigned)at));
    (void)sfu_secure(core, connections[at], &session, &session);
}

static void act(unsigned kind)
{
    unsigned which = next8();
    switch (kind % 10) {
    case 0:
        (void)sfu_point(core, slots[which % SLOTS], which & 0x80 ? NULL : &streams[next8() % STREAMS]);
        break;
    case 1:
        (void)sfu_clear(core, slots[which % SLOTS]);
        break;
    case 2:
        (void)sfu_drop_stream(core, streams[which % STREAMS]);
        add_stream((int)(which % STREAMS), which & 0x80 ? 1 : 0, which & 0x40 ? 1 : 0);
        break;
    case 3:
        (void)sfu_close(core, connections[which % CONNECTIONS]);
        open_connection((int)(which % CONNECTIONS));
        break;
    case 4:
        add_slot((int)(which % SLOTS));
        break;
    case 5:
        add_stream((int)(which % STREAMS), which & 0x80 ? 1 : 0, which & 0x40 ? 1 : 0);
        break;
    case 6:
        (void)sfu_accept_from(core, connections[which % CONNECTIONS], name_of(next8()));
        break;
    case 7:
        (void)sfu_limit_temporal(core, slots[which % SLOTS], (int)(which >> 5) - 2);
        break;
    case 8:
        (void)sfu_tap(core, streams[which % STREAMS], which & 0x80 ? 1 : 0);
        break;
    default:
        sfu_expire(core, now);
    }
}

/* ---------------------------------------------------------------- what the core calls */
static void maybe_act(void)
{
    unsigned kind = next8();
    if (kind & 0xC0)
        return;
    act(kind);
}

static void on_stun(void *owner, const uint8_t *data, int length, const uint8_t *address)
{
    (void)owner;
    touch(data, length);
    (void)sfu_send_anywhere(core, address, data, length);
}

static void on_data(void *owner, int64_t connection, const uint8_t *data, int length)
{
    (void)owner;
    touch(data, length);
    (void)sfu_send(core, connection, data, length);
    maybe_act();
}

static void on_rtcp(void *owner, int64_t connection, const uint8_t *data, int length, double at)
{
    (void)owner;
    (void)at;
    touch(data, length);
    (void)sfu_send_rtcp(core, connection, data, length);
    maybe_act();
}

static void on_unknown(void *owner, int64_t connection, const uint8_t *data, int length)
{
    (void)owner;
    must(length >= RTP_HEADER || length >= 0);
    touch(data, length);
    unsigned form = next8();
    sfu_stream_spec spec = {get32(data + 8), form & 1, 90000, 0};
    if (form & 2)
        (void)sfu_add_stream(core, ++handles, connection, &spec, form & 4 ? &streams[form % STREAMS] : NULL);
    else
        maybe_act();
}

static void on_gap(void *owner, int64_t stream, int first, int count, double at)
{
    (void)owner;
    (void)stream;
    (void)at;
    must(first >= 0 && first < 65536 && count > 0 && count <= LARGEST_GAP);
    maybe_act();
}

static void on_repaired(void *owner, int64_t stream, int sequence)
{
    (void)owner;
    (void)stream;
    must(sequence >= 0 && sequence < 65536);
    maybe_act();
}

static void on_switched(void *owner, int64_t slot, int64_t stream, uint32_t timestamp)
{
    (void)owner;
    (void)slot;
    (void)stream;
    (void)timestamp;
    maybe_act();
}

static void on_tapped(void *owner, int64_t stream, int marker, int sequence, uint32_t timestamp, const uint8_t *data, int length)
{
    (void)owner;
    (void)stream;
    (void)marker;
    (void)timestamp;
    must(sequence >= 0 && sequence < 65536 && length >= 0);
    touch(data, length);
    maybe_act();
}

static void on_datagram(void *owner, const uint8_t *address, const uint8_t *data, int length)
{
    (void)owner;
    must(length >= 0 && length <= LONGEST);
    touch(address, NAME);
    touch(data, length);
}

/* ---------------------------------------------------------------- what arrives */
static void arrive(void)
{
    unsigned from = next8(), size = next16() % 1800;
    int length = (int)size < left() ? (int)size : left();
    uint8_t *data = take(length);
    treat_datagram(core, name_of(from % 8), data, length);
    free(data);
}

/* A packet that reaches the parser behind authentication: a known SSRC and a plausible number before arbitrary octets. */
static void arrive_rtp(void)
{
    unsigned form = next8(), at = next8() % STREAMS, size = next8() * (form & 8 ? 6 : 1);
    int length = (int)size < left() ? (int)size : left();
    uint8_t *data = malloc(RTP_HEADER + (size_t)length);
    must(data != NULL);
    sequences[at] = (uint16_t)(sequences[at] + (form & 3 ? 1 : next8() - 100));
    data[0] = 0x80 | (form >> 2 & 0x30) | (form & 4 ? next8() & 0x0F : 0);
    data[1] = (uint8_t)(form & 0x10 ? 0xE0 : 0x60);
    put16(data + 2, sequences[at]);
    put32(data + 4, next16() * 30);
    put32(data + 8, 1000u + at + (form & 0x20 ? REPAIRS : 0));
    length = length < left() ? length : left();
    memcpy(data + RTP_HEADER, input.at, (size_t)length);
    input.at += length;
    treat_datagram(core, name_of(at % 2), data, RTP_HEADER + length);
    free(data);
}

/* Numbers that the slot has sent lately, or nearly. */
static void ask_again(void)
{
    uint16_t wanted[20];
    const slot *asked = find_slot(core, slots[next8() % SLOTS]);
    if (!asked)
        return;
    uint16_t newest = asked->last_sequence;
    if (asked->thin)
        newest = asked->thin->out;
    else if (asked->source)
        newest = (uint16_t)(asked->source->highest + asked->epochs[asked->epoch_count - 1].sequence);
    for (int at = 0; at < 20; at++)
        wanted[at] = (uint16_t)(newest + 2 - (at & 1 ? at : (int)next8()));
    (void)sfu_retransmit(core, asked->handle, wanted, 20, now, now);
}

static void repeat(void)
{
    (void)sfu_send_reports(core, streams[next8() % STREAMS], (uint64_t)next16() << 32, next16());
    uint16_t lately[4] = {sequences[0], (uint16_t)(sequences[0] - 1), sequences[1], (uint16_t)(sequences[2] - 2)};
    (void)sfu_repeat(core, streams[next8() % STREAMS], lately, 4);
}

static void pass_time(double seconds)
{
    now += seconds;
    sfu_begin(core, now, now);
}

static void step(void)
{
    unsigned kind = next8();
    if (kind < 96)
        arrive_rtp();
    else if (kind < 128)
        arrive();
    else if (kind < 140)
        ask_again();
    else if (kind < 144)
        repeat();
    else if (kind < 176)
        pass_time((kind & 15) * 0.05);
    else
        act(kind);
}

static void begin(void)
{
    static const sfu_world world = {-1, NAME, 42, 0, protect, unprotect, protect, unprotect};
    static const sfu_handler handler = {on_stun, on_data, on_rtcp, on_unknown, on_gap, on_repaired, on_switched, on_tapped, on_datagram};
    if (!core)
        core = sfu_new(&world, &handler, NULL);
    must(core != NULL);
    unsigned form = next8();
    core->world.fd = form & 1 ? 1000 : -1; /* never used: see sendmmsg above */
    core->world.segments = (int)(form >> 1 & 63);
    now = 100;
    core->connections_made = 0; /* the same input does the same */
    memset(sequences, 0xFF, sizeof sequences);
    sfu_begin(core, now, now);
    for (int at = 0; at < CONNECTIONS; at++)
        open_connection(at);
    for (int at = 0; at < STREAMS; at++)
        add_stream(at, at == STREAMS - 1, 0);
    for (int at = 0; at < SLOTS; at++)
        add_slot(at);
}

static void read_all(void)
{
    sfu_stream_stats told;
    sfu_slot_stats sent;
    int64_t packets;
    int level;
    for (int at = 0; at < STREAMS; at++)
        if (!sfu_read_stream(core, streams[at], &told))
            must(!sfu_take_level(core, streams[at], &packets, &level) && level >= -1 && level < 128 && told.packets >= 0);
    for (int at = 0; at < SLOTS; at++)
        if (!sfu_read_slot(core, slots[at], &sent))
            must(sent.packets >= 0 && sent.octets >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input = (script){data, data + size};
    begin();
    while (left() > 0)
        step();
    read_all();
    for (int at = 0; at < CONNECTIONS; at++)
        must(!sfu_close(core, connections[at]));
    must(!core->connections.count && !core->streams.count && !core->slots.count && !core->by_ssrc.count && !core->by_address.count);
    return 0;
}
