#ifndef EXHIBIT_CISAL_SHIM_H
#define EXHIBIT_CISAL_SHIM_H

#include <stdint.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

// Swift cannot import macros that compute.
enum { EXHIBIT_ISAL_LEVEL_1_BUFFER = ISAL_DEF_LVL1_DEFAULT };

#endif
