#ifndef EXHIBIT_CLZ4_SHIM_H
#define EXHIBIT_CLZ4_SHIM_H

#include <lz4.h>

#endif
