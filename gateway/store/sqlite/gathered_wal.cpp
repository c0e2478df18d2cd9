// SPDX-License-Identifier: Apache-2.0
// wal   = 32 bytes of header, frame*
// frame = 24 bytes of header, page. Bytes 4 to 7 of the header are not 0 in the last frame of a
//         transaction (sqlite.org/fileformat2.html §4.1).
#include "gateway/store/sqlite/gathered_wal.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <new>
#include <utility>

#include <sqlite3.h>

namespace sallyport::store {
namespace {

constexpr int frame_header_bytes = 24;
// SQLite's own VFS takes less than 128 KiB in one call.
constexpr std::size_t most_gathered_bytes = 120 * 1024;

bool ends_transaction(const void* data, int size) {
    constexpr char none[4] = {};
    if (size != frame_header_bytes) return false;
    return std::memcmp(static_cast<const char*>(data) + 4, none, sizeof none) != 0;
}

/// The log's end that is not in the file yet.
struct Tail {
    std::unique_ptr<char[]> bytes{new (std::nothrow) char[most_gathered_bytes]};
    std::size_t size = 0;
    sqlite3_int64 offset = 0;  ///< of its first byte in the file
    bool is_last_frame = false;

    bool takes(int more, sqlite3_int64 at) const {
        const bool follows = size == 0 || at == offset + static_cast<sqlite3_int64>(size);
        return bytes && follows && size + static_cast<std::size_t>(more) <= most_gathered_bytes;
    }
    void add(const void* data, int more, sqlite3_int64 at) {
        if (size == 0) offset = at;
        std::memcpy(bytes.get() + size, data, static_cast<std::size_t>(more));
        size += static_cast<std::size_t>(more);
    }
};

/// SQLite allocates it; the file of the VFS below lies behind.
struct File {
    sqlite3_file base;
    Tail* tail;
};
constexpr std::size_t align_bytes = alignof(std::max_align_t);
constexpr std::size_t file_bytes = (sizeof(File) + align_bytes - 1) / align_bytes * align_bytes;

sqlite3_file* below(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + file_bytes);
}
Tail& tail_of(sqlite3_file* file) {
    return *reinterpret_cast<File*>(file)->tail;
}

int write_out(sqlite3_file* file) {
    Tail& tail = tail_of(file);
    const auto size = static_cast<int>(std::exchange(tail.size, 0));
    if (size == 0) return SQLITE_OK;
    sqlite3_file* const real = below(file);
    return real->pMethods->xWrite(real, tail.bytes.get(), size, tail.offset);
}

/// Calls the VFS below, once all is written.
template <class Method, class... Values>
int pass(sqlite3_file* file, Method method, Values... values) {
    const int written = write_out(file);
    sqlite3_file* const real = below(file);
    const int done = (real->pMethods->*method)(real, values...);
    return written == SQLITE_OK ? done : written;
}

int do_close(sqlite3_file* file) {
    const int done = pass(file, &sqlite3_io_methods::xClose);
    delete reinterpret_cast<File*>(file)->tail;
    return done;
}
int do_read(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
    return pass(file, &sqlite3_io_methods::xRead, data, size, offset);
}
int do_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    Tail& tail = tail_of(file);
    const bool is_last_page = std::exchange(tail.is_last_frame, ends_transaction(data, size));
    if (!tail.takes(size, offset)) {
        if (const int written = write_out(file); written != SQLITE_OK) return written;
    }
    if (!tail.takes(size, offset))
        return pass(file, &sqlite3_io_methods::xWrite, data, size, offset);
    tail.add(data, size, offset);
    return is_last_page ? write_out(file) : SQLITE_OK;
}
int do_truncate(sqlite3_file* file, sqlite3_int64 size) {
    return pass(file, &sqlite3_io_methods::xTruncate, size);
}
int do_sync(sqlite3_file* file, int flags) {
    return pass(file, &sqlite3_io_methods::xSync, flags);
}
int do_size(sqlite3_file* file, sqlite3_int64* size) {
    return pass(file, &sqlite3_io_methods::xFileSize, size);
}
int do_lock(sqlite3_file* file, int level) {
    return pass(file, &sqlite3_io_methods::xLock, level);
}
int do_unlock(sqlite3_file* file, int level) {
    return pass(file, &sqlite3_io_methods::xUnlock, level);
}
int do_check_lock(sqlite3_file* file, int* is_locked) {
    return pass(file, &sqlite3_io_methods::xCheckReservedLock, is_locked);
}
int do_control(sqlite3_file* file, int operation, void* argument) {
    return pass(file, &sqlite3_io_methods::xFileControl, operation, argument);
}
int do_sector_size(sqlite3_file* file) {
    return below(file)->pMethods->xSectorSize(below(file));
}
int do_characteristics(sqlite3_file* file) {
    return below(file)->pMethods->xDeviceCharacteristics(below(file));
}

// Version 1: a log is never shared memory nor mapped.
constexpr sqlite3_io_methods log_methods{
    1,
    do_close,
    do_read,
    do_write,
    do_truncate,
    do_sync,
    do_size,
    do_lock,
    do_unlock,
    do_check_lock,
    do_control,
    do_sector_size,
    do_characteristics,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

sqlite3_vfs* base_of(sqlite3_vfs* vfs) {
    return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

int do_open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* file, int flags, int* out) {
    sqlite3_vfs* const base = base_of(vfs);
    if ((flags & SQLITE_OPEN_WAL) == 0) return base->xOpen(base, path, file, flags, out);
    file->pMethods = nullptr;
    const int code = base->xOpen(base, path, below(file), flags, out);
    auto* const log = reinterpret_cast<File*>(file);
    log->tail = code == SQLITE_OK ? new (std::nothrow) Tail : nullptr;
    if (log->tail != nullptr) {
        file->pMethods = &log_methods;
        return SQLITE_OK;
    }
    if (below(file)->pMethods != nullptr) below(file)->pMethods->xClose(below(file));
    return code == SQLITE_OK ? SQLITE_NOMEM : code;
}
int do_delete(sqlite3_vfs* vfs, const char* path, int sync) {
    return base_of(vfs)->xDelete(base_of(vfs), path, sync);
}
int do_access(sqlite3_vfs* vfs, const char* path, int flags, int* result) {
    return base_of(vfs)->xAccess(base_of(vfs), path, flags, result);
}
int do_full_path(sqlite3_vfs* vfs, const char* path, int size, char* to) {
    return base_of(vfs)->xFullPathname(base_of(vfs), path, size, to);
}

}  // namespace

struct GatheredWal::State {
    std::string name;
    sqlite3_vfs vfs{};
};

GatheredWal::GatheredWal(const std::string& base) : state_(std::make_unique<State>()) {
    static std::atomic<unsigned> made = 0;
    sqlite3_vfs* const found = sqlite3_vfs_find(base.empty() ? nullptr : base.c_str());
    state_->name = "gathered-" + std::to_string(++made);
    if (found == nullptr) return;  // opening names what is missing
    state_->vfs = *found;          // randomness, time and sleep stay those of the VFS below
    state_->vfs.iVersion = std::min(found->iVersion, 2);
    state_->vfs.pNext = nullptr;
    state_->vfs.szOsFile = static_cast<int>(file_bytes) + found->szOsFile;
    state_->vfs.zName = state_->name.c_str();
    state_->vfs.pAppData = found;
    state_->vfs.xOpen = do_open;
    state_->vfs.xDelete = do_delete;
    state_->vfs.xAccess = do_access;
    state_->vfs.xFullPathname = do_full_path;
    sqlite3_vfs_register(&state_->vfs, 0);
}

GatheredWal::~GatheredWal() {
    if (state_->vfs.pAppData != nullptr) sqlite3_vfs_unregister(&state_->vfs);
}

const std::string& GatheredWal::name() const {
    return state_->name;
}

}  // namespace sallyport::store
