#ifndef EXHIBIT_CLINUX_SHIM_H
#define EXHIBIT_CLINUX_SHIM_H

// What Swift's Glibc module leaves out: adjtimex(2), which says whether the clock is synchronised; fanotify(7) and
// eventfd(2) for the watch over configuration files, and their extended attributes, xattr(7).
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

#endif
