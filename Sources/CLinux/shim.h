#ifndef EXHIBIT_CLINUX_SHIM_H
#define EXHIBIT_CLINUX_SHIM_H

// What Swift's Glibc module leaves out: adjtimex(2), which says whether the clock is synchronised; fanotify(7) and
// eventfd(2) for the watch over configuration files, and their extended attributes, xattr(7).
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/xattr.h>
#include <unistd.h>

// The handle of an open folder, as fanotify's events name it. `struct file_handle` ends in a flexible array, and
// glibc declares name_to_handle_at(2) under _GNU_SOURCE only: hence the system call, and a buffer of two 32-bit
// numbers (length, type) and up to MAX_HANDLE_SZ bytes. 0x1000 is AT_EMPTY_PATH.
static inline int exhibit_folder_handle(int folder, void *handle, int *mount) {
  return (int)syscall(SYS_name_to_handle_at, folder, "", handle, mount, 0x1000);
}

// When a file was made, in seconds and nanoseconds since the epoch: statx(2), which glibc declares with _GNU_SOURCE only, as
// it does its structure (include/uapi/linux/stat.h: stx_mask at 0, stx_btime at 80). 0x1000 is AT_EMPTY_PATH, 0x800
// STATX_BTIME. Returns 0 where the file system does not keep it.
static inline int exhibit_birth(int file, int64_t *seconds, uint32_t *nanoseconds) {
  _Alignas(8) unsigned char status[256] = {0};
  uint32_t known;
  if (syscall(SYS_statx, file, "", 0x1000, 0x800u, status) != 0) return 0;
  memcpy(&known, status, sizeof known);
  if (!(known & 0x800u)) return 0;
  memcpy(seconds, status + 80, sizeof *seconds);
  memcpy(nanoseconds, status + 88, sizeof *nanoseconds);
  return 1;
}

// And sync_file_range(2), which glibc declares with _GNU_SOURCE only.
int sync_file_range(int descriptor, long long offset, long long count, unsigned int flags);
#define EXHIBIT_SYNC_FILE_RANGE_WRITE 2u

#endif
