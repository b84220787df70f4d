/* Which packets of a stream have come, by their sequence numbers alone. */
#include "loadgen.h"

enum { REMEMBERED = 64 };

void lg_sequence_note(lg_sequence *state, uint16_t number)
{
    if (!state->expected) {
        state->first = number;
        state->highest = number;
        state->expected = state->received = state->seen = 1;
        return;
    }
    uint16_t ahead = (uint16_t)(number - state->highest);
    if (ahead && ahead < 0x8000) {
        state->seen = ahead < REMEMBERED ? state->seen << ahead | 1 : 1;
        state->highest = number;
        state->expected += ahead;
        state->received++;
        return;
    }
    uint16_t behind = (uint16_t)(state->highest - number);
    if (behind >= REMEMBERED || behind >= state->expected || state->seen >> behind & 1) {
        state->duplicates++;
        return;
    }
    state->seen |= (uint64_t)1 << behind;
    state->received++;
}
