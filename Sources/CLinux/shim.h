#ifndef EXHIBIT_CLINUX_SHIM_H
#define EXHIBIT_CLINUX_SHIM_H

// What Swift's Glibc module leaves out: adjtimex(2), which says whether the clock is synchronised.
#include <sys/timex.h>

#endif
