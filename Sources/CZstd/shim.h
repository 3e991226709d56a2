#ifndef EXHIBIT_CZSTD_SHIM_H
#define EXHIBIT_CZSTD_SHIM_H

#include <zstd.h>
#include <zstd_errors.h>

#endif
