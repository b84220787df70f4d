/* What the parts of the fuzz target share. */
#ifndef FUZZ_H
#define FUZZ_H
#include "internal.h"

enum { NAME = 16 }; /* octets of an address */

extern sfu_core *core;

void must(int held);
unsigned next8(void); /* the next octet of the script */
void touch(const uint8_t *data, int length);

int protect(void *session, void *packet, int *length);
int unprotect(void *session, void *packet, int *length);
#endif
