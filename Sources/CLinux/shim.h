#ifndef EXHIBIT_CLINUX_SHIM_H
#define EXHIBIT_CLINUX_SHIM_H

// What Swift's Glibc module leaves out: adjtimex(2), which says whether the clock is synchronised.
#include <sys/timex.h>

// And sync_file_range(2), which glibc declares with _GNU_SOURCE only.
int sync_file_range(int descriptor, long long offset, long long count, unsigned int flags);
#define EXHIBIT_SYNC_FILE_RANGE_WRITE 2u

#endif
