/* Runs the fuzz target without libFuzzer: `driver RUNS SEED FILE…` mutates the files, always in the same way for a seed. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 4096 };

typedef struct {
    uint8_t data[MOST];
    size_t size;
} input;

static uint64_t state;

static size_t dice(size_t sides) /* xorshift64* */
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return sides ? (size_t)((state * 0x2545F4914F6CDD1Du) >> 33) % sides : 0;
}

static void mutate(input *made, const input *other)
{
    size_t at = dice(made->size + 1), size = dice(16);
    switch (dice(6)) {
    case 0: /* another's middle */
        at = dice(other->size + 1);
        size = dice(other->size - at + 1);
        if (made->size + size <= MOST) {
            memcpy(made->data + made->size, other->data + at, size);
            made->size += size;
        }
        break;
    case 1: /* octets come in */
        if (made->size + size <= MOST) {
            memmove(made->data + at + size, made->data + at, made->size - at);
            for (size_t n = 0; n < size; n++)
                made->data[at + n] = (uint8_t)dice(256);
            made->size += size;
        }
        break;
    case 2: /* octets go */
        size = size < made->size - at ? size : made->size - at;
        memmove(made->data + at, made->data + at + size, made->size - at - size);
        made->size -= size;
        break;
    case 3:
        if (at < made->size)
            made->data[at] ^= (uint8_t)(1u << dice(8));
        break;
    case 4:
        if (at < made->size)
            made->data[at] = (uint8_t)(dice(2) ? 0xFF : 0x80);
        break;
    default:
        if (at < made->size)
            made->data[at] = (uint8_t)dice(256);
    }
}

static int load(input *into, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return 0;
    into->size = fread(into->data, 1, MOST, file);
    return fclose(file) == 0;
}

int main(int count, char **words)
{
    if (count < 4)
        return 2;
    unsigned long runs = strtoul(words[1], NULL, 10);
    size_t files = (size_t)count - 3;
    state = strtoul(words[2], NULL, 10) * 2654435761u + 1;
    input *corpus = calloc(files, sizeof *corpus), made;
    for (size_t at = 0; corpus && at < files; at++)
        if (!load(&corpus[at], words[at + 3]) || LLVMFuzzerTestOneInput(corpus[at].data, corpus[at].size))
            return 1;
    for (unsigned long run = 0; corpus && run < runs; run++) {
        made = corpus[dice(files)];
        for (size_t changes = 1 + dice(8); changes; changes--)
            mutate(&made, &corpus[dice(files)]);
        uint8_t *exact = malloc(made.size ? made.size : 1);
        if (!exact)
            return 1;
        memcpy(exact, made.data, made.size);
        (void)LLVMFuzzerTestOneInput(exact, made.size);
        free(exact);
    }
    printf("%lu inputs, no finding\n", runs);
    free(corpus);
    return 0;
}
