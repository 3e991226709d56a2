#ifndef EXHIBIT_CLZMA_SHIM_H
#define EXHIBIT_CLZMA_SHIM_H

#include <lzma.h>

#endif
